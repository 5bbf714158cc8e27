package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts, and the stack's engine process, start this test binary as workmix.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"workmix": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			// The engine's library stands beside the project, not beside the test's binary.
			wd, err := os.Getwd()
			e.Setenv("PROJECT", wd+"/../..")
			return err
		},
	})
}
