package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) newRules() *cobra.Command {
	return chooses(&cobra.Command{Use: "rules check|test|explain|train", Short: "Write and understand rules"},
		a.newRulesCheck(), a.newRulesTest(), a.newRulesExplain(), a.newRulesTrain())
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
