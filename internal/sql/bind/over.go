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

// overs is the calls with OVER of one SELECT, as they are found.
type overs struct {
	binder  *Binder
	windows []ast.NamedWindow // of the clause WINDOW
	calls   []*overCall
}

// overCall is a call with OVER. Its expressions are over the columns that the SELECT reads, or over its
// groups.
type overCall struct {
	call      *expr.WindowCall
	partition []expr.Expr
	order     []expr.SortKey
	span      diag.Span   // of the whole call
	spec      diag.Span   // of the window
	spans     []diag.Span // of the items of ORDER BY
}

// time is the column that a call is ordered by, once it is known to be the event time.
func (c *overCall) time() int { return c.order[0].Expr.(*expr.Column).Index }

// overRef stands for a call with OVER in an expression until the columns of its node are known.
type overRef struct {
	expr.Expr // typed like the call
	index     int
}

// Children returns nothing: what the call reads is bound already.
func (*overRef) Children() []expr.Expr { return nil }

// WithChildren returns r.
func (r *overRef) WithChildren([]expr.Expr) expr.Expr { return r }

// over binds a call with OVER.
func (b *Binder) over(call *ast.Call, s *scope) (expr.Expr, error) {
	name := strings.ToUpper(call.Name.Name)
	if s.over == nil {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "a call with OVER cannot stand in %s", s.outer).
			WithHint("compute it in a subquery, or filter by it with QUALIFY")
	}
	inner := &scope{columns: s.columns, outer: "a call with OVER", group: s.group}
	spec, err := s.over.resolve(call.Over)
	if err != nil {
		return nil, err
	}
	bound := &overCall{span: call.Span(), spec: spec.Span()}
	if bound.call, err = b.windowCall(name, call, inner); err != nil {
		return nil, err
	}
	if bound.call.Frame, err = b.frame(spec.Frame, bound.call, inner); err != nil {
		return nil, err
	}
	if bound.partition, err = b.exprs(spec.PartitionBy, inner); err != nil {
		return nil, err
	}
	if bound.order, bound.spans, err = b.sortKeys(spec.OrderBy, inner.within("ORDER BY")); err != nil {
		return nil, err
	}
	return s.over.add(bound), nil
}

// add returns what stands for a call.
func (o *overs) add(c *overCall) expr.Expr {
	o.calls = append(o.calls, c)
	return &overRef{Expr: expr.NewLiteral(nil, c.call.Type()).As(c.call.Type()), index: len(o.calls) - 1}
}

// resolve returns the specification of a window with those that it names put into it.
func (o *overs) resolve(spec *ast.WindowSpec) (*ast.WindowSpec, error) {
	return o.resolveWithin(spec, len(o.windows))
}

// resolveWithin looks names up in the first windows of the clause: a window may name those before it.
func (o *overs) resolveWithin(spec *ast.WindowSpec, windows int) (*ast.WindowSpec, error) {
	if spec.Name == nil {
		return spec, nil
	}
	var names []string
	for i, w := range o.windows[:windows] {
		if !strings.EqualFold(w.Name.Name, spec.Name.Name) {
			names = append(names, w.Name.Name)
			continue
		}
		base, err := o.resolveWithin(&w.Spec, i)
		if err != nil {
			return nil, err
		}
		return extend(base, spec)
	}
	err := diag.Errorf(diag.Semantic, spec.Name.Span(), "there is no window %q", spec.Name.Name)
	if err.Hint = diag.DidYouMean(spec.Name.Name, names); err.Hint == "" {
		err.Hint = "define it with WINDOW " + spec.Name.Name + " AS (...) after HAVING"
	}
	return nil, err
}

// extend adds to a window what another one says beyond its name.
func extend(base, spec *ast.WindowSpec) (*ast.WindowSpec, error) {
	out := *base
	out.Pos = spec.Pos
	fault := func(what string) error {
		return diag.Errorf(diag.Semantic, spec.Span(), "window %q has %s already", spec.Name.Name, what)
	}
	if len(spec.PartitionBy) > 0 {
		return nil, diag.Errorf(diag.Semantic, spec.Span(), "PARTITION BY cannot be added to window %q", spec.Name.Name)
	}
	if len(spec.OrderBy) > 0 {
		if len(base.OrderBy) > 0 {
			return nil, fault("ORDER BY")
		}
		out.OrderBy = spec.OrderBy
	}
	if spec.Frame != nil {
		if base.Frame != nil {
			return nil, fault("a frame")
		}
		out.Frame = spec.Frame
	}
	return &out, nil
}

// windowCall binds the function of a call with OVER, without its frame.
func (b *Binder) windowCall(name string, call *ast.Call, s *scope) (*expr.WindowCall, error) {
	inner := &scope{columns: s.columns, outer: name, group: s.group}
	if f := expr.LookupWindowFunction(name); f != nil {
		return b.windowFunction(f, call, inner)
	}
	f := expr.LookupAggregate(name)
	if f == nil {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s is neither an aggregate nor a window function, so it does not take OVER", name)
	}
	aggregate, err := b.aggregateOf(f, call, inner)
	if err != nil {
		return nil, err
	}
	return &expr.WindowCall{Aggregate: aggregate}, nil
}

func (b *Binder) windowFunction(f *expr.WindowFunction, call *ast.Call, s *scope) (*expr.WindowCall, error) {
	switch {
	case call.Star:
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s does not take *", f.Name).WithHint("write %s", f.Usage)
	case call.Distinct, call.Filter != nil, len(call.OrderBy) > 0:
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s is not an aggregate: DISTINCT, FILTER and ORDER BY have no meaning in it", f.Name)
	}
	args, err := b.exprs(call.Args, s)
	if err != nil {
		return nil, err
	}
	bound, err := expr.NewWindowFunctionCall(f, args, call.Span())
	if err != nil {
		return nil, err
	}
	skips := f.Kind == expr.FirstValue || f.Kind == expr.LastValue
	switch {
	case call.Nulls == "":
	case call.Nulls == "RESPECT" && f.Kind.Ranks(), call.Nulls == "IGNORE" && !skips:
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s does not take %s NULLS", f.Name, call.Nulls)
	}
	bound.RespectNulls = call.Nulls == "RESPECT" || !skips
	return bound, nil
}

// sortKeys binds the items of ORDER BY, and says where they stand.
func (b *Binder) sortKeys(items []ast.OrderItem, s *scope) ([]expr.SortKey, []diag.Span, error) {
	var keys []expr.SortKey
	var spans []diag.Span
	for _, item := range items {
		e, err := b.expr(item.Expr, s)
		if err != nil {
			return nil, nil, err
		}
		if t := e.Type(); t.Kind.IsNested() {
			return nil, nil, diag.Errorf(diag.Semantic, item.Span(), "%s has no order", t.Nullable())
		}
		keys, spans = append(keys, expr.SortKey{Expr: e, SortOrder: expr.NewSortOrder(item.Desc, item.Nulls)}), append(spans, item.Span())
	}
	return keys, spans, nil
}

// orderHint names the event time that OVER could be ordered by.
func orderHint(columns []column) string {
	for _, c := range columns {
		if c.time || c.clock {
			return "write ORDER BY " + c.name
		}
	}
	return "order by a TIMESTAMP column that a WATERMARK is declared for"
}

// frame binds a frame; without one, OVER looks at all rows up to the current one and its peers.
func (b *Binder) frame(f *ast.Frame, call *expr.WindowCall, s *scope) (expr.Frame, error) {
	frame := expr.Frame{Preceding: expr.Unbounded}
	if f == nil {
		return frame, nil
	}
	if call.Function != nil && !call.Function.Kind.Framed() {
		return frame, diag.Errorf(diag.Semantic, f.Span(), "%s takes no frame", call.Function.Name).WithHint("leave it out")
	}
	for _, bound := range []ast.Bound{f.Start, f.End} {
		if strings.HasSuffix(bound.Kind, "FOLLOWING") {
			return frame, diag.Errorf(diag.Semantic, bound.Span(), "a frame cannot reach beyond the current row: later rows are not known yet").
				WithHint("end it with CURRENT ROW; LEAD(value, n) waits for a later row")
		}
	}
	if f.End.Kind != ast.CurrentRow {
		return frame, unsupported(f.End, "a frame that ends before the current row").WithHint("end it with CURRENT ROW")
	}
	frame.Rows = f.Unit == "ROWS"
	switch {
	case f.Start.Kind == ast.CurrentRow:
		frame.Preceding = 0
		return frame, nil
	case f.Start.Offset == nil:
		return frame, nil
	}
	var err error
	frame.Preceding, err = b.frameOffset(f.Start, frame.Rows, s)
	return frame, err
}

// maxFrameRows bounds a frame of rows, and with it what is kept for each partition.
const maxFrameRows = 1_000_000

// frameOffset binds n of ROWS n PRECEDING, or the interval of RANGE, in microseconds.
func (b *Binder) frameOffset(bound ast.Bound, rows bool, s *scope) (int64, error) {
	e, err := b.expr(bound.Offset, s)
	if err != nil {
		return 0, err
	}
	value, ok := expr.Constant(e)
	span := bound.Offset.Span()
	if !rows {
		micros, isInterval := value.(int64)
		switch {
		case e.Type().Kind == types.IntervalMonth:
			return 0, diag.Errorf(diag.Semantic, span, "a frame of months or years has no fixed length").WithHint("use days or less")
		case !ok || !isInterval || e.Type().Kind != types.IntervalSecond:
			return 0, diag.Errorf(diag.Semantic, span, "RANGE needs an interval").WithHint("write RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW, or ROWS for a number of rows")
		case micros < 0:
			return 0, diag.Errorf(diag.Semantic, span, "a frame cannot begin after the current row")
		}
		return micros, nil
	}
	n := int64(-1)
	switch v := value.(type) {
	case int32:
		n = int64(v)
	case int64:
		n = v
	}
	if n < 0 || n > maxFrameRows || e.Type().Kind.IsInterval() {
		return 0, diag.Errorf(diag.Semantic, span, "ROWS needs a whole number from 0 to %d", maxFrameRows).WithHint("write RANGE for a frame of time")
	}
	return n, nil
}

// apply adds the nodes that compute the calls to a relation. move turns what the calls were bound over
// into the relation's columns. It returns the relation with a column for each call, and where it is.
func (o *overs) apply(r *relation, move func(e expr.Expr, span diag.Span) (expr.Expr, error)) (*relation, []int, error) {
	for _, c := range o.calls {
		if err := c.move(move); err != nil {
			return nil, nil, err
		}
	}
	positions := make([]int, len(o.calls)) // 0: not computed yet; no call is the first column
	for i, c := range o.calls {
		if positions[i] != 0 {
			continue
		}
		end, ranked, err := o.ranked(r.columns, c)
		switch {
		case err != nil:
			return nil, nil, err
		case ranked:
			r = o.rank(r, c, end, positions)
		default:
			err = o.checkOrder(r.columns, c)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for i, first := range o.calls {
		if positions[i] == 0 && !plan.IsLead(first.call) {
			r = o.node(r, first, positions)
		}
	}
	waits := false
	for i, first := range o.calls { // what waits comes last: its rows are late for anything above
		switch {
		case positions[i] != 0:
		case waits:
			return nil, nil, diag.Errorf(diag.Unsupported, first.span, "LEAD over several partitions in one SELECT is not supported yet").
				WithHint("write a statement for each")
		default:
			r, waits = o.node(r, first, positions), true
		}
	}
	return r, positions, nil
}

// node adds the node that computes a call and all those that belong with it.
func (o *overs) node(r *relation, first *overCall, positions []int) *relation {
	node := &plan.Over{Input: r.node, Time: first.time(), Keys: first.partition}
	columns := slices.Clone(r.columns)
	if c := &columns[node.Time]; !c.time && !c.clock { // it became event time by ORDER BY
		c.time, c.scans = true, []*plan.Scan{c.origin.scan}
	}
	for i, c := range o.calls {
		if positions[i] != 0 || !first.together(c) {
			continue
		}
		known := slices.IndexFunc(node.Calls, c.call.Equal)
		if known < 0 {
			known = len(node.Calls)
			node.Calls = append(node.Calls, c.call)
			columns = append(columns, column{name: c.call.String(), typ: c.call.Type()})
		}
		positions[i] = len(r.columns) + known
	}
	if node.Waits() {
		for i := range columns { // rows come out after the watermark
			c := &columns[i]
			c.waited = c.waited || c.time || c.clock
			c.time, c.clock, c.origin = false, false, nil
		}
	}
	return &relation{node: node, columns: columns}
}

// move moves the expressions of a call.
func (c *overCall) move(move func(e expr.Expr, span diag.Span) (expr.Expr, error)) error {
	var err error
	moved := func(e expr.Expr) expr.Expr {
		if err != nil {
			return e
		}
		var out expr.Expr
		if out, err = move(e, c.span); err != nil {
			return e
		}
		return out
	}
	c.call = c.call.Map(moved)
	for i, key := range c.partition {
		c.partition[i] = moved(key)
	}
	for i := range c.order {
		c.order[i].Expr = moved(c.order[i].Expr)
	}
	return err
}

// together reports whether one node computes both calls.
func (c *overCall) together(d *overCall) bool {
	return sameExprs(c.partition, d.partition) && c.time() == d.time() && plan.IsLead(c.call) == plan.IsLead(d.call)
}

// checkOrder checks that a call is ordered by the event time, upwards.
func (o *overs) checkOrder(columns []column, c *overCall) error {
	if len(c.order) == 0 {
		return diag.Errorf(diag.Semantic, c.spec, "OVER needs ORDER BY the event time").WithHint("%s", orderHint(columns))
	}
	reference, ok := c.order[0].Expr.(*expr.Column)
	if !ok {
		return diag.Errorf(diag.Semantic, c.spans[0], "OVER is ordered by the event time, and this is not a column").
			WithHint("%s", orderHint(columns))
	}
	ok, err := o.binder.isTimeAttribute(columns[reference.Index], c.spans[0])
	switch {
	case err != nil:
		return err
	case !ok && columns[reference.Index].waited:
		return o.binder.checkTimeAttribute(columns[reference.Index], c.spans[0])
	case !ok:
		return diag.Errorf(diag.Semantic, c.spans[0], "OVER is ordered by the event time, and %q is not one", columns[reference.Index].name).
			WithHint("%s", orderHint(columns))
	case c.order[0].Desc:
		return diag.Errorf(diag.Semantic, c.spans[0], "OVER is ordered by the event time upwards: downwards, every new row would change all rows before it").
			WithHint("leave out DESC")
	case len(c.order) > 1:
		return diag.Errorf(diag.Semantic, c.spans[1], "OVER is ordered by one column, the event time").
			WithHint("rows of the same time stand in the order in which they came")
	}
	return nil
}
