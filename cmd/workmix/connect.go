package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// clients are the programs that workmix connect has a snippet for.
var clients = []string{"curl", "clickhouse-client", "python", "grafana", "dbeaver"}

func (a *app) newConnect() *cobra.Command {
	var names bool
	cmd := &cobra.Command{
		Use:       "connect [" + strings.Join(clients, "|") + "]",
		Short:     "The address, the read-only user and a snippet that works",
		ValidArgs: clients,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && !slices.Contains(clients, args[0]) {
				return usagef("workmix connect takes one of %s, or nothing", strings.Join(clients, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.open(cmd.Context(), cmd, how{fixedPort: true, tables: true})
			if err != nil {
				return err
			}
			defer s.close()
			if s.stack.ReaderUser == "" {
				_, err := s.reader(cmd.Context())
				return err
			}
			u, err := url.Parse(s.stack.ClickHouseURL)
			if err != nil {
				return err
			}
			if !s.stack.Joined && s.cfg.ClickHouse == nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "workmix: the embedded engine runs only while workmix up or demo does: start one of them, then use this")
			}
			user, password := s.stack.ReaderUser, s.stack.ReaderPassword
			if names {
				db, err := s.peopleReader(cmd.Context())
				if err != nil {
					return err
				}
				db.Close()
				user, password = s.stack.PeopleUser, s.stack.PeoplePassword
			}
			client := ""
			if len(args) == 1 {
				client = args[0]
			}
			fmt.Fprint(cmd.OutOrStdout(), snippet(client, u, user, password))
			return nil
		},
	}
	cmd.Flags().BoolVar(&names, "people", false, "the account that may read names of people too, in database workmix_people")
	return cmd
}

// snippet is what a person pastes to reach the tables with a program.
func snippet(client string, u *url.URL, user, password string) string {
	base, database := u.Scheme+"://"+u.Host, strings.Trim(u.Path, "/")
	const question = "SELECT quadrant, count() FROM work_items GROUP BY quadrant"
	switch client {
	case "curl":
		return fmt.Sprintf("curl -sS '%s/?database=%s' -H 'X-ClickHouse-User: %s' -H 'X-ClickHouse-Key: %s' --data-binary '%s FORMAT PrettyCompact'\n", base, database, user, password, question)
	case "clickhouse-client":
		// The embedded engine speaks HTTP only, so the native client cannot reach it; clickhouse-local can, by url().
		return fmt.Sprintf("clickhouse local --query \"SELECT * FROM url('%s/?database=%s&user=%s&password=%s&query=%s', 'TSVWithNames')\"\n",
			base, database, url.QueryEscape(user), url.QueryEscape(password), url.QueryEscape(question+" FORMAT TSVWithNames"))
	case "python":
		return fmt.Sprintf("# pip install clickhouse-connect\nimport clickhouse_connect\nc = clickhouse_connect.get_client(host=%q, port=%s, username=%q, password=%q, database=%q, secure=%s)\nprint(c.query(%q).result_rows)\n",
			u.Hostname(), port(u), user, password, database, map[bool]string{true: "True", false: "False"}[u.Scheme == "https"], question)
	case "grafana":
		return fmt.Sprintf("apiVersion: 1\ndatasources:\n  - name: workmix\n    type: grafana-clickhouse-datasource\n    jsonData: {host: %s, port: %s, protocol: http, secure: %t, username: %s, defaultDatabase: %s}\n    secureJsonData: {password: %q}\n",
			u.Hostname(), port(u), u.Scheme == "https", user, database, password)
	case "dbeaver":
		return fmt.Sprintf("jdbc:clickhouse:%s/%s\nuser: %s\npassword: %s\n", base, database, user, password)
	}
	return fmt.Sprintf("address:  %s\ndatabase: %s\nuser:     %s\npassword: %s\nworkmix connect %s prints a snippet\n", base, database, user, password, strings.Join(clients, "|"))
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}
