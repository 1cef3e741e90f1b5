package format

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// The options of the CSV format.
const (
	csvDelimiter      = "csv.field-delimiter"
	csvNoQuote        = "csv.disable-quote-character"
	csvQuote          = "csv.quote-character"
	csvComments       = "csv.allow-comments"
	csvIgnoreErrors   = "csv.ignore-parse-errors"
	csvEscape         = "csv.escape-character"
	csvNull           = "csv.null-literal"
	csvScientific     = "csv.write-bigdecimal-in-scientific-notation"
	csvTrim           = "csv.trim-spaces"
	csvIgnoreTrailing = "csv.ignore-trailing-unmappable"
	csvFailOnMissing  = "csv.fail-on-missing-columns"
	csvEmptyNull      = "csv.empty-string-as-null"
	csvIgnoreFirst    = "csv.ignore-first-line"
	csvTrailingComma  = "csv.allow-trailing-comma"
)

var csvFormat = Format{
	Name: "csv",
	Doc: "One line of values per record, in the order of the table's columns; a record of several lines is several rows. " +
		"Empty lines are left out. A line is written without an end of line.",
	Options: option.Table{
		{
			Key: csvDelimiter, Type: option.String, Default: ",", Check: checkCharacter,
			Doc: "The character between values. The escapes of Java are understood, such as `\\t`.",
		},
		{Key: csvNoQuote, Type: option.Bool, Default: "false", Doc: "No character is a quote. Excludes 'csv.quote-character'."},
		{
			Key: csvQuote, Type: option.String, Default: `"`, Check: checkCharacter,
			Doc: "The character around values that hold a delimiter, a quote or an end of line; a quote inside is doubled.",
		},
		{Key: csvComments, Type: option.Bool, Default: "false", Doc: "Lines that begin with # are left out."},
		{
			Key: csvIgnoreErrors, Type: option.Bool, Default: "false",
			Doc: "A value that does not fit the type of its column is NULL, missing columns at the end are NULL, and columns too many are left out; " +
				"otherwise the row is bad. Rows that cannot be read at all are left out: this excludes 'bad-records' = 'fail'.",
		},
		{Key: csvEscape, Type: option.String, Check: checkCharacter, Doc: "The character that makes the next one stand for itself; n, r, t and 0 stand for control characters."},
		{Key: csvNull, Type: option.String, Doc: "The text that stands for NULL. Not set: nothing is read as NULL, and NULL is written as an empty value."},
		{
			Key: csvScientific, Type: option.Bool, Default: "true",
			Doc: "A DECIMAL may be written with an exponent, such as 1E+5 for 100000 and 2.7E-8 for 0.000000027.",
		},
		{Key: csvTrim, Type: option.Bool, Default: "false", Doc: "Spaces around values that are not in quotes are left out."},
		{Key: csvIgnoreTrailing, Type: option.Bool, Default: "false", Doc: "Values behind the last column are left out; otherwise the row is bad."},
		{Key: csvFailOnMissing, Type: option.Bool, Default: "false", Doc: "A row with too few values is bad even with 'csv.ignore-parse-errors'."},
		{Key: csvEmptyNull, Type: option.Bool, Default: "false", Doc: "An empty value is read as NULL."},
		{Key: csvIgnoreFirst, Type: option.Bool, Default: "false", Doc: "The first line of a record, or of a file, names the columns and is left out."},
		{Key: csvTrailingComma, Type: option.Bool, Default: "true", Doc: "A delimiter may follow the last value of a row."},
	},
	newDecoder:  newCSVDecoder,
	newEncoder:  newCSVEncoder,
	check:       func(config Config) error { _, err := parseCSVMode(config.Options); return err },
	HeaderLines: csvHeaderLines,
}

// csvDialect is how values are delimited.
type csvDialect struct {
	delimiter, quote, escape byte // quote and escape: 0 for none
	null                     []byte
	hasNull                  bool
}

// csvMode is what the options say about reading.
type csvMode struct {
	csvDialect
	comments, trim, emptyNull, ignoreFirst bool
	ignoreErrors, failOnMissing            bool
	ignoreTrailing, trailingComma          bool
}

func parseCSVDialect(values *option.Values) (csvDialect, error) {
	d := csvDialect{
		delimiter: character(values.String(csvDelimiter)),
		null:      []byte(values.String(csvNull)),
		hasNull:   values.IsSet(csvNull),
	}
	var faults []error
	switch noQuote := values.Bool(csvNoQuote); {
	case noQuote && values.IsSet(csvQuote):
		faults = append(faults, diag.Errorf(diag.Option, values.Span(csvQuote), "options %q and %q exclude each other", csvQuote, csvNoQuote).
			WithHint("remove one of the two"))
	case !noQuote:
		d.quote = character(values.String(csvQuote))
	}
	if values.IsSet(csvEscape) {
		d.escape = character(values.String(csvEscape))
	}
	for _, pair := range [][2]string{{csvDelimiter, csvQuote}, {csvDelimiter, csvEscape}, {csvQuote, csvEscape}} {
		a, b := character(values.String(pair[0])), character(values.String(pair[1]))
		if a == b && (pair[0] != csvQuote && pair[1] != csvQuote || d.quote != 0) {
			faults = append(faults, diag.Errorf(diag.Option, values.Span(pair[1]), "options %q and %q are the same character", pair[0], pair[1]).
				WithHint("choose another character for one of the two"))
		}
	}
	return d, errors.Join(faults...)
}

func parseCSVMode(values *option.Values) (csvMode, error) {
	dialect, err := parseCSVDialect(values)
	mode := csvMode{
		csvDialect: dialect, comments: values.Bool(csvComments), trim: values.Bool(csvTrim), emptyNull: values.Bool(csvEmptyNull),
		ignoreFirst: values.Bool(csvIgnoreFirst), ignoreErrors: values.Bool(csvIgnoreErrors), failOnMissing: values.Bool(csvFailOnMissing),
		ignoreTrailing: values.Bool(csvIgnoreTrailing), trailingComma: values.Bool(csvTrailingComma),
	}
	if mode.ignoreErrors {
		err = errors.Join(err, refuseToFail(values, csvIgnoreErrors))
	}
	return mode, err
}

func csvHeaderLines(values *option.Values) int {
	if values.Bool(csvIgnoreFirst) {
		return 1
	}
	return 0
}

// character returns the byte that a checked text stands for.
func character(text string) byte {
	c, _ := parseCharacter(text)
	return c
}

func checkCharacter(text string) error {
	c, err := parseCharacter(text)
	switch {
	case err != nil:
		return err
	case c == '\n', c == '\r', c == 0:
		return errors.New("it ends a line")
	}
	return nil
}

// parseCharacter reads one character, perhaps as an escape of Java.
func parseCharacter(text string) (byte, error) {
	if len(text) > 1 && text[0] == '\\' {
		unquoted, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
		if err != nil {
			return 0, fmt.Errorf("not one character")
		}
		text = unquoted
	}
	switch {
	case utf8.RuneCountInString(text) != 1:
		return 0, errors.New("not one character")
	case text[0] >= utf8.RuneSelf:
		return 0, errors.New("not an ASCII character")
	}
	return text[0], nil
}
