package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/diag"
)

// reportedError is an error that the command has shown in its own way; only its exit code is left.
type reportedError struct{ error }

func (e reportedError) Unwrap() error { return e.error }

// report shows an error and returns the exit code; this is the one place that turns errors into
// exit codes. nil is 0.
func (a *app) report(err error) int {
	if err == nil {
		return 0
	}
	if _, shown := errors.AsType[reportedError](err); !shown {
		if a.json() {
			a.console.printf("%s", marshal(describe(err)))
		} else {
			a.console.printf("%s", a.console.styleError(diag.Render(named(err))))
		}
	}
	return diag.KindOf(err).ExitCode()
}

// errorObject is an error in JSON output.
type errorObject struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// errorReport is the JSON form of a failed command.
type errorReport struct {
	Error errorObject `json:"error"`
	// Errors are all errors, if there is more than one; Error is the first of them.
	Errors []errorObject `json:"errors,omitempty"`
}

func describe(err error) errorReport {
	objects := errorObjects(err)
	report := errorReport{Error: objects[0]}
	if len(objects) > 1 {
		report.Errors = objects
	}
	return report
}

// errorObjects returns at least one object.
func errorObjects(err error) []errorObject {
	all := slices.Collect(diag.All(err))
	if len(all) == 0 {
		return []errorObject{{Kind: diag.KindOf(err).String(), Message: err.Error()}}
	}
	objects := make([]errorObject, len(all))
	for i, e := range all {
		objects[i] = errorObject{Kind: e.Kind.String(), Message: e.Msg, Hint: e.Hint}
		if e.Source != nil {
			objects[i].File = e.Source.Name
		}
		if e.Source != nil && !e.Span.IsZero() {
			objects[i].Line, objects[i].Column = e.Source.Position(e.Span.Start)
		}
	}
	return objects
}

// named puts the name of the script in front of each error that has its place in one.
func named(err error) error {
	all := slices.Collect(diag.All(err))
	if !slices.ContainsFunc(all, func(e *diag.Error) bool { return e.Source != nil && e.Source.Name != "" }) {
		return err
	}
	errs := make([]error, len(all))
	for i, e := range all {
		errs[i] = e
		if e.Source != nil && e.Source.Name != "" {
			errs[i] = fmt.Errorf("%s: %w", e.Source.Name, e)
		}
	}
	return errors.Join(errs...)
}

// marshal returns v as JSON and the end of the line. v is always of our own types, which all have a
// JSON form.
func marshal(v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("cli: no JSON for %T: %v", v, err))
	}
	return out.Bytes()
}

// printJSON writes v as one line of JSON to standard output.
func (a *app) printJSON(v any) error {
	_, err := a.env.Out.Write(marshal(v))
	return err
}
