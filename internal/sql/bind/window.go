package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// windowFunction is one of the functions that assign rows to windows, as a table function and, with
// the table and DESCRIPTOR replaced by the time column, in GROUP BY.
type windowFunction struct {
	kind plan.WindowKind
	// sizes are the names of its intervals after the time column; the last, OFFSET, may be left out.
	sizes []string
	usage string // of the table function
}

var windowFunctions = map[string]windowFunction{
	"TUMBLE":   {plan.Tumble, []string{"SIZE", "OFFSET"}, "TUMBLE(TABLE t, DESCRIPTOR(column), INTERVAL '1' MINUTE)"},
	"HOP":      {plan.Hop, []string{"SLIDE", "SIZE", "OFFSET"}, "HOP(TABLE t, DESCRIPTOR(column), slide, size)"},
	"SESSION":  {plan.Session, []string{"GAP", ""}, "SESSION(TABLE t PARTITION BY key, DESCRIPTOR(column), gap)"},
	"CUMULATE": {plan.Cumulate, []string{"STEP", "SIZE", "OFFSET"}, "CUMULATE(TABLE t, DESCRIPTOR(column), step, max_size)"},
}

// tableFunction binds a window function in FROM.
func (b *Binder) tableFunction(f *ast.TableFunction, with *ctes) (*relation, error) {
	name := strings.ToUpper(f.Function.Name)
	function, ok := windowFunctions[name]
	if !ok {
		err := diag.Errorf(diag.Semantic, f.Function.Span(), "there is no table function %q", f.Function.Name)
		err.Hint = diag.DidYouMean(f.Function.Name, []string{"TUMBLE", "HOP", "CUMULATE", "SESSION", "UNNEST"})
		return nil, err
	}
	arguments, err := orderArguments(f, name, function)
	if err != nil {
		return nil, err
	}
	input, err := b.windowInput(arguments[0], with)
	if err != nil {
		return nil, err
	}
	descriptor := arguments[1].Descriptor
	if len(descriptor) != 1 {
		return nil, diag.Errorf(diag.Semantic, arguments[1].Span(), "the second argument of %s names the time column", name).WithHint("write DESCRIPTOR(column)")
	}
	at := ast.Name{Pos: descriptor[0].Pos, Parts: descriptor}
	time, err := (&scope{columns: input.columns}).resolve(at)
	if err != nil {
		return nil, err
	}
	if err := b.checkTimeAttribute(input.columns[time], at.Span()); err != nil {
		return nil, err
	}
	spec, err := b.windowSpec(function, arguments[2:])
	if err != nil {
		return nil, err
	}
	out := windowed(input, time, spec)
	if spec.Kind == plan.Session {
		partition, err := b.exprs(arguments[0].PartitionBy, &scope{columns: input.columns, outer: "PARTITION BY"})
		if err != nil {
			return nil, err
		}
		out = sessions(input, time, spec, partition)
	} else if len(arguments[0].PartitionBy) > 0 {
		return nil, diag.Errorf(diag.Semantic, arguments[0].Span(), "%s does not take PARTITION BY", name).WithHint("write %s", function.usage)
	}
	return rename(out, f.Alias, f.Columns)
}

// windowed adds the bounds of windows over a time column to a relation.
func windowed(input *relation, time int, spec plan.WindowSpec) *relation {
	node := &plan.Window{Input: input.node, Time: time, Spec: spec}
	columns, w := slices.Clone(input.columns), &window{spec: spec}
	columns[time].time, columns[time].clock = false, false // window_time takes its place
	for i, field := range node.Schema()[len(columns):] {
		columns = append(columns, column{
			name: field.Name, typ: field.Type, bound: windowStart + bound(i), window: w, time: i == 2,
		})
	}
	return &relation{node: node, columns: columns}
}

// orderArguments returns the arguments of a window function in their order, named or not.
func orderArguments(f *ast.TableFunction, name string, function windowFunction) ([]ast.TableArgument, error) {
	names := append([]string{"DATA", "TIMECOL"}, function.sizes...)
	ordered := make([]*ast.TableArgument, len(names))
	for i := range f.Arguments {
		argument, position := &f.Arguments[i], i
		if argument.Name != nil {
			position = slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(argument.Name.Name, name) })
		}
		if position < 0 || position >= len(names) || ordered[position] != nil {
			return nil, diag.Errorf(diag.Semantic, argument.Span(), "%s does not take this argument", name).WithHint("write %s", function.usage)
		}
		ordered[position] = argument
	}
	var arguments []ast.TableArgument
	for i, argument := range ordered {
		if argument == nil && i < len(names)-1 {
			return nil, diag.Errorf(diag.Semantic, f.Span(), "%s lacks its argument %s", name, names[i]).WithHint("write %s", function.usage)
		}
		if argument != nil {
			arguments = append(arguments, *argument)
		}
	}
	return arguments, nil
}

func (b *Binder) windowInput(argument ast.TableArgument, with *ctes) (*relation, error) {
	switch {
	case argument.Table != nil:
		r, err := b.named(*argument.Table, argument.Hints, with)
		if err != nil {
			return nil, err
		}
		return rename(r, &argument.Table.Parts[len(argument.Table.Parts)-1], nil)
	case argument.Query != nil:
		return b.query(argument.Query, with)
	}
	return nil, diag.Errorf(diag.Semantic, argument.Span(), "the first argument of TUMBLE is a table").WithHint("write TABLE name")
}

// checkTimeAttribute checks that a column is event time. A plain TIMESTAMP column of a table without
// WATERMARK becomes event time by its use.
func (b *Binder) checkTimeAttribute(c column, span diag.Span) error {
	ok, err := b.isTimeAttribute(c, span)
	switch {
	case ok:
		return err
	case c.waited:
		return diag.Errorf(diag.Semantic, span, "column %q is no event time any more: with LEAD, rows come out after the watermark has passed them", c.name).
			WithHint("use LAG, or compute LEAD last")
	case !c.typ.Kind.IsTimestamp():
		return diag.Errorf(diag.Semantic, span, "column %q is %s, not an event time", c.name, c.typ.Nullable()).
			WithHint("a window needs a TIMESTAMP or TIMESTAMP_LTZ column that a WATERMARK is declared for")
	case c.origin == nil:
		return diag.Errorf(diag.Semantic, span, "column %q is computed, so it is not an event time", c.name).
			WithHint("select the column that the WATERMARK is declared for as it is, or use PROCTIME() for processing time")
	}
	return diag.Errorf(diag.Semantic, span, "column %q is not an event time: no WATERMARK is declared for it", c.name).
		WithHint("add WATERMARK FOR %s AS %s - INTERVAL '5' SECOND to CREATE TABLE", c.name, c.name)
}

// isTimeAttribute reports whether a column is event time, or becomes it, or is processing time; with an
// error if the statement uses the other time already.
func (b *Binder) isTimeAttribute(c column, span diag.Span) (bool, error) {
	switch {
	case c.time, c.clock:
		return true, b.useClock(c, span)
	case c.typ.Kind.IsTimestamp() && c.origin != nil && c.origin.scan.Table.Watermark == nil && b.become(c.origin):
		c.scans = []*plan.Scan{c.origin.scan}
		return true, b.useClock(c, span)
	}
	return false, nil
}

// become makes a scanned column event time; false if another column of the scan is.
func (b *Binder) become(o *origin) bool {
	if position, ok := b.implicit[o.scan]; ok && position != o.position {
		return false
	}
	b.implicit[o.scan] = o.position
	return true
}

// implicitDelay is how far rows may be out of order when no WATERMARK says so.
const implicitDelay = 5 * types.Second

// finish adds the watermarks that columns need which became event time by their use, and checks the
// plan as a whole.
func (b *Binder) finish(sink *plan.Sink) (*plan.Sink, error) {
	node := plan.Rewrite(b.withClocks(sink), func(n plan.Node) plan.Node {
		scan, ok := n.(*plan.Scan)
		if !ok {
			return n
		}
		position, ok := b.implicit[scan]
		if !ok {
			return n
		}
		field := scan.Schema()[position]
		delay := expr.NewLiteral(implicitDelay, types.Of(types.IntervalSecond).Required())
		return &plan.Watermark{
			Input: scan, Column: position, Implicit: true,
			Expr: expr.NewArithmetic(expr.Subtract, expr.NewColumn(position, field.Name, field.Type), delay, field.Type, diag.Span{}),
		}
	})
	clear(b.implicit)
	clear(b.clocks)
	return node.(*plan.Sink), nil
}

// windowSpec binds the intervals of a window function.
func (b *Binder) windowSpec(function windowFunction, arguments []ast.TableArgument) (plan.WindowSpec, error) {
	spec := plan.WindowSpec{Kind: function.kind}
	for i, argument := range arguments {
		micros, err := b.constantInterval(argument.Expr, argument.Span())
		if err != nil {
			return spec, err
		}
		switch function.sizes[i] {
		case "SIZE", "GAP":
			spec.Size = micros
		case "OFFSET":
			spec.Offset = micros
		default:
			spec.Slide = micros
		}
	}
	where := arguments[0].Span().To(arguments[len(arguments)-1].Span())
	if function.kind == plan.Tumble || function.kind == plan.Session {
		spec.Slide = spec.Size
	}
	switch {
	case spec.Size <= 0 || spec.Slide <= 0:
		return spec, diag.Errorf(diag.Semantic, where, "the size of a window must be more than nothing")
	case function.kind == plan.Cumulate && spec.Size%spec.Slide != 0:
		return spec, diag.Errorf(diag.Semantic, where, "the largest size of CUMULATE must be a multiple of its step")
	}
	period := spec.Slide
	if function.kind == plan.Cumulate {
		period = spec.Size
	}
	spec.Offset = types.FloorMod(spec.Offset, period)
	return spec, nil
}

// constantInterval binds an interval of days to seconds, in microseconds.
func (b *Binder) constantInterval(e ast.Expr, span diag.Span) (int64, error) {
	if e == nil {
		return 0, diag.Errorf(diag.Semantic, span, "expected an interval").WithHint("write INTERVAL '1' MINUTE")
	}
	bound, err := b.expr(e, &scope{outer: "a window"})
	if err != nil {
		return 0, err
	}
	value, ok := expr.Constant(bound)
	if bound.Type().Kind == types.IntervalMonth {
		return 0, diag.Errorf(diag.Semantic, span, "a window of months or years has no fixed size").WithHint("use days or less")
	}
	if !ok || bound.Type().Kind != types.IntervalSecond {
		return 0, diag.Errorf(diag.Semantic, span, "expected an interval").WithHint("write INTERVAL '1' MINUTE")
	}
	return value.(int64), nil
}
