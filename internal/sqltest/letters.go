package sqltest

import (
	"errors"
	"fmt"
	"io"

	"github.com/penstock-io/penstock/internal/deadletter"
)

// letters returns the dead letters in a file, one line for each.
func letters(path string) string {
	in, err := deadletter.Open(path)
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	defer in.Close()
	var lines []string
	for {
		letter, _, err := in.Next()
		if errors.Is(err, io.EOF) {
			return sortLines(lines)
		}
		if err != nil {
			return fmt.Sprintf("error: %v\n", err)
		}
		line := fmt.Sprintf("%s %s", letter.Table, letter.Cause)
		if letter.Part {
			line += " part"
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %q", line, letter.Error, letter.Data))
	}
}
