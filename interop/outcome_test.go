package main

import (
	"slices"
	"strings"
	"testing"
)

func TestEachOperationIsAccountedFor(t *testing.T) {
	o := newOutcome(client{name: "x", without: []string{"DryRun", "TagResource"}})
	o.read("version|x 1.0\nchatter\nCreateStream|ok|\nListStreams|FAIL|want 1|have 2\n")
	o.finish("")
	ok, bad := o.count()
	if want := len(operations) - 2; ok != 1 || bad != want-1 {
		t.Errorf("%d ok, %d failed; want 1 and %d", ok, bad, want-1)
	}
	if o.cells["ListStreams"] != (cell{failed, "want 1|have 2"}) || o.version != "x 1.0" {
		t.Errorf("ListStreams is %v of %q", o.cells["ListStreams"], o.version)
	}
	lines := o.failures()
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "x|ListStreams|FAIL|") || !strings.HasSuffix(lines[1], "|FAIL|no result") {
		t.Errorf("failures: %q", lines)
	}
}

func TestProblemsCountAsFailures(t *testing.T) {
	for _, output := range []string{
		"version|x\nNoSuchOperation|ok|\n",
		"version|x\nDryRun|ok|\n",                         // not offered
		"version|x\nCreateStream|ok|\nCreateStream|ok|\n", // twice
		"version|x\nCreateStream|skipped|\n",
		"", // no version
	} {
		o := newOutcome(client{name: "x", without: []string{"DryRun"}})
		o.read(output)
		o.finish("")
		if len(o.problems) != 1 {
			t.Errorf("%q: problems %q, want one", output, o.problems)
		}
	}
}

func TestClientsAreWithoutKnownOperations(t *testing.T) {
	for _, c := range clients {
		for _, name := range c.without {
			if !isOperation(name) {
				t.Errorf("%s is without %q, which is no operation", c.name, name)
			}
		}
		if !slices.Contains([]string{"python", "node", "java"}, c.sources) {
			t.Errorf("%s has its sources in %q", c.name, c.sources)
		}
	}
}

func TestPageHasARowPerOperation(t *testing.T) {
	o := newOutcome(client{title: "X", wire: "JSON", without: []string{"DryRun"}})
	o.read("version|x 1.0\nCreateStream|ok|\n")
	o.finish("")
	text := page([]*outcome{o})
	for _, want := range []string{"| A | X | x 1.0 | JSON |\n", "\n| CreateStream | ok | ", "\n| ListStreams | FAIL | ", "\n| DryRun | – | "} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
}

func TestUnpackedSourcesStay(t *testing.T) {
	dir := t.TempDir() + "/node"
	installs := 0
	for range 2 {
		if err := unpack("clients/node", dir); err != nil {
			t.Fatal(err)
		}
		if err := once(dir, func() error { installs++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if installs != 1 {
		t.Errorf("installed %d times", installs)
	}
}
