package doctest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// splitWords splits a command line into the commands between | and &&, and each into words, as far
// as a shell for documentation has to know: quotes, comments, and redirections, which it drops.
func splitWords(line string) (commands [][]string, err error) {
	var words []string
	var word strings.Builder
	inWord := false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'' || c == '"':
			length := strings.IndexByte(line[i+1:], c)
			if length < 0 {
				return nil, errors.New("a quotation mark has no partner")
			}
			word.WriteString(line[i+1 : i+1+length])
			inWord = true
			i += length + 1
		case c == ' ' || c == '\t':
			end()
		case c == '#' && !inWord:
			i = len(line)
		case c == '|' || c == '&' || c == ';':
			end()
			if len(words) > 0 {
				commands = append(commands, words)
			}
			words = nil
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	end()
	if len(words) > 0 {
		commands = append(commands, words)
	}
	for i, words := range commands {
		commands[i] = withoutRedirections(words)
	}
	return commands, nil
}

func withoutRedirections(words []string) []string {
	var kept []string
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case ">", ">>", "<", "2>":
			i++
		default:
			kept = append(kept, words[i])
		}
	}
	return kept
}

func TestSplitWords(t *testing.T) {
	tests := []struct {
		line string
		want [][]string
	}{
		{`penstock run job.sql`, [][]string{{"penstock", "run", "job.sql"}}},
		{`penstock run -e "SELECT 'a'"  # a comment`, [][]string{{"penstock", "run", "-e", "SELECT 'a'"}}},
		{`A=b penstock put s '{"a": 1}' > out.txt &`, [][]string{{"A=b", "penstock", "put", "s", `{"a": 1}`}}},
		{`generate | penstock put a#b`, [][]string{{"generate"}, {"penstock", "put", "a#b"}}},
		{`make build && bin/penstock ''`, [][]string{{"make", "build"}, {"bin/penstock", ""}}},
		{`# nothing`, nil},
	}
	for _, test := range tests {
		got, err := splitWords(test.line)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %q (%v), want %q", test.line, got, err, test.want)
		}
	}
	if _, err := splitWords(`penstock run -e "SELECT`); err == nil {
		t.Error("an open quotation mark is no error")
	}
}
