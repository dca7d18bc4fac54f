package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// TestRun measures a small book, in which nothing may be missed.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), []string{"-accounts", "2000", "-leads", "400", "-changes", "3,30"}, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "| 0 |\n"); n < 2 {
		t.Errorf("want two numbers of changes with none missed, got\n%s", &out)
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-changes", "0"}, {"-changes", "x"}, {"-accounts", "0"}, {"left over"}} {
		if err := run(context.Background(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
