package kinesisserver

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// snakeCase turns GetRecords into get_records.
func snakeCase(name string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(name, "${1}_${2}"))
}

func TestEveryOperationHasItsFile(t *testing.T) {
	for name := range operations() {
		file := snakeCase(name) + ".go"
		if strings.Contains(name, "Channel") {
			file = "channel.go"
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Contains(text, []byte("// "+name+"\n")) && file != "channel.go" {
			t.Errorf("%s does not say that it is %s", file, name)
		}
		if !bytes.Contains(text, []byte("// Behaviour: ")) && file != "channel.go" {
			t.Errorf("%s does not describe the behaviour", file)
		}
	}
}

func TestFileMapIsTheTruth(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, fileMap, _ := strings.Cut(string(text), "The rest:")
	listed := regexp.MustCompile(`[a-z_0-9]+\.go`).FindAllString(fileMap, -1)
	for name := range operations() {
		listed = append(listed, snakeCase(name)+".go")
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && file != "doc.go" && !slices.Contains(listed, file) {
			t.Errorf("%s is not in the file map", file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n > 400 {
			t.Errorf("%s has %d lines", file, n)
		}
	}
	for _, file := range listed {
		if !slices.Contains(files, file) && !strings.Contains(file, "channel") {
			t.Errorf("%s is in the file map, but not there", file)
		}
	}
}

func TestControlAPIIsDocumented(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range controlRoutes() {
		if !regexp.MustCompile(`(?m)^//\t` + route.Method + ` +` + regexp.QuoteMeta(route.Path) + ` `).Match(text) {
			t.Errorf("%s %s is not in the package's documentation", route.Method, route.Path)
		}
	}
}
