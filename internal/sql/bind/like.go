package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// SameOption reports whether two keys are spellings of one option.
type SameOption func(a, b string) bool

// The strategies and features of LIKE.
const (
	including   = "INCLUDING"
	excluding   = "EXCLUDING"
	overwriting = "OVERWRITING"

	likeConstraints = "CONSTRAINTS"
	likeGenerated   = "GENERATED"
	likeMetadata    = "METADATA"
	likeOptions     = "OPTIONS"
	likePartitions  = "PARTITIONS"
	likeWatermarks  = "WATERMARKS"
)

// likeMerge is a definition being merged with the one it is LIKE.
type likeMerge struct {
	definition *ast.CreateTable
	source     *ast.CreateTable
	strategy   map[string]string // by feature
	same       SameOption
}

// Like returns the definition with its LIKE clause carried out: what it takes over from source, which
// is a definition without LIKE itself, stands before what it says itself.
func Like(s, source *ast.CreateTable, same SameOption) (*ast.CreateTable, error) {
	strategy, err := likeStrategies(s.Like)
	if err != nil {
		return nil, err
	}
	definition := *s
	definition.Like = nil
	m := &likeMerge{definition: &definition, source: source, strategy: strategy, same: same}
	for _, merge := range []func() error{m.columns, m.watermark, m.primaryKey, m.partitions, m.options} {
		if err := merge(); err != nil {
			return nil, err
		}
	}
	return m.definition, nil
}

// likeStrategies returns what happens to each feature: all is included, and options are overwritten,
// unless the clause says otherwise.
func likeStrategies(l *ast.Like) (map[string]string, error) {
	strategy, given := map[string]string{}, map[string]string{}
	for _, o := range l.Options {
		action, feature, _ := strings.Cut(o, " ")
		if _, twice := given[feature]; twice {
			return nil, diag.Errorf(diag.Semantic, l.Span(), "LIKE says twice what happens to %s", feature)
		}
		switch {
		case feature == "DISTRIBUTION":
			return nil, diag.Errorf(diag.Unsupported, l.Span(), "LIKE ... %s is not supported: tables have no DISTRIBUTION", o)
		case action == overwriting && (feature == "ALL" || feature == likeConstraints || feature == likePartitions):
			return nil, diag.Errorf(diag.Semantic, l.Span(), "LIKE cannot overwrite %s", feature).
				WithHint("use INCLUDING or EXCLUDING; OVERWRITING is for GENERATED, METADATA, OPTIONS and WATERMARKS")
		}
		given[feature] = action
	}
	all, told := given["ALL"]
	for _, feature := range []string{likeConstraints, likeGenerated, likeMetadata, likeOptions, likePartitions, likeWatermarks} {
		switch {
		case given[feature] != "":
			strategy[feature] = given[feature]
		case told:
			strategy[feature] = all
		case feature == likeOptions:
			strategy[feature] = overwriting
		default:
			strategy[feature] = including
		}
	}
	return strategy, nil
}

// columns puts the columns of the source before the definition's own. A physical column cannot be
// there twice; a computed or metadata column can be overwritten in its place.
func (m *likeMerge) columns() error {
	own := m.definition.Columns
	var merged []ast.Column
	for _, c := range m.source.Columns {
		feature := likeFeature(c)
		if feature != "" && m.strategy[feature] == excluding {
			continue
		}
		i := slices.IndexFunc(own, func(o ast.Column) bool { return strings.EqualFold(o.Name.Name, c.Name.Name) })
		if i < 0 {
			c.PrimaryKey = c.PrimaryKey && m.strategy[likeConstraints] != excluding
			merged = append(merged, c)
			continue
		}
		if feature == "" || likeFeature(own[i]) != feature || m.strategy[feature] != overwriting {
			return diag.Errorf(diag.Semantic, own[i].Span(), "column %q is in table %q already", own[i].Name.Name, last(m.source.Name)).
				WithHint("%s", m.columnHint(feature, own[i]))
		}
		merged = append(merged, own[i])
		own = slices.Delete(slices.Clone(own), i, i+1)
	}
	m.definition.Columns = append(merged, own...)
	return nil
}

func (m *likeMerge) columnHint(feature string, own ast.Column) string {
	if feature != "" && likeFeature(own) == feature {
		return "add OVERWRITING " + feature + " or EXCLUDING " + feature + " to LIKE"
	}
	return "leave it out: LIKE takes over all columns"
}

// likeFeature is the feature that decides about a column; empty for a physical one.
func likeFeature(c ast.Column) string {
	switch {
	case c.Computed != nil:
		return likeGenerated
	case c.Metadata:
		return likeMetadata
	}
	return ""
}

func (m *likeMerge) watermark() error {
	if m.source.Watermark == nil || m.strategy[likeWatermarks] == excluding {
		return nil
	}
	if own := m.definition.Watermark; own != nil {
		if m.strategy[likeWatermarks] == overwriting {
			return nil
		}
		return diag.Errorf(diag.Semantic, own.Span(), "table %q has a WATERMARK already", last(m.source.Name)).
			WithHint("add OVERWRITING WATERMARKS or EXCLUDING WATERMARKS to LIKE")
	}
	m.definition.Watermark = m.source.Watermark
	return nil
}

func (m *likeMerge) primaryKey() error {
	if m.strategy[likeConstraints] == excluding {
		return nil
	}
	keyed := slices.ContainsFunc(m.source.Columns, func(c ast.Column) bool { return c.PrimaryKey })
	if own := m.definition.PrimaryKey; own != nil && (keyed || m.source.PrimaryKey != nil) {
		return diag.Errorf(diag.Semantic, own[0].Span().To(own[len(own)-1].Span()), "table %q has a PRIMARY KEY already", last(m.source.Name)).
			WithHint("add EXCLUDING CONSTRAINTS to LIKE")
	}
	if m.source.PrimaryKey != nil {
		m.definition.PrimaryKey = m.source.PrimaryKey
	}
	return nil
}

func (m *likeMerge) partitions() error {
	if m.source.PartitionedBy == nil || m.strategy[likePartitions] == excluding {
		return nil
	}
	if own := m.definition.PartitionedBy; own != nil {
		return diag.Errorf(diag.Semantic, own[0].Span().To(own[len(own)-1].Span()), "table %q is partitioned already", last(m.source.Name)).
			WithHint("add EXCLUDING PARTITIONS to LIKE")
	}
	m.definition.PartitionedBy = m.source.PartitionedBy
	return nil
}

func (m *likeMerge) options() error {
	switch m.strategy[likeOptions] {
	case excluding:
		return nil
	case including:
		for _, own := range m.definition.Options {
			for _, o := range m.source.Options {
				if m.same(own.Key, o.Key) {
					return diag.Errorf(diag.Semantic, own.KeyPos.Span(), "table %q has option %q already", last(m.source.Name), o.Key).
						WithHint("add OVERWRITING OPTIONS or EXCLUDING OPTIONS to LIKE")
				}
			}
		}
	}
	m.definition.Options = Override(m.source.Options, m.definition.Options, m.same)
	return nil
}

// Override returns the options with the changes in place of those that they change, and the others
// behind.
func Override(options, changes []ast.Property, same SameOption) []ast.Property {
	out := slices.Clone(options)
	for _, change := range changes {
		if i := slices.IndexFunc(out, func(o ast.Property) bool { return same(o.Key, change.Key) }); i >= 0 {
			out[i] = change
		} else {
			out = append(out, change)
		}
	}
	return out
}
