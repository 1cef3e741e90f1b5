package format

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// avroOp is what a step of a program does.
type avroOp uint8

const (
	stepRead   avroOp = iota // reads a value
	stepNumber               // skips an int, long or enum
	stepBytes                // skips bytes or a string
	stepFixed                // skips a number of bytes
	stepNode                 // skips a value of any other type
)

// avroStep reads a field or skips it.
type avroStep struct {
	op          avroOp
	optional    bool // the value is one of a union with null
	null, other byte // the branches of that union, as they are written
	size        int  // of stepFixed
	again       bool // the next step reads the same bytes
	read        avroReader
	builder     batch.Builder // of an optional value that is read
	skip        *avroNode
}

// readStep returns the step that reads values of a type.
func (c *avroCompiler) readStep(n *avroNode, t types.Type, path string) (avroStep, batch.Builder, error) {
	if null, other := nullBranch(n); null >= 0 && other >= 0 && len(n.children) == 2 && !t.NotNull && n.children[other].kind != avroUnion {
		builder, read, err := c.reader(n.children[other], t, path)
		return avroStep{op: stepRead, read: read, builder: builder, optional: true, null: byte(null << 1), other: byte(other << 1)}, builder, err
	}
	builder, read, err := c.reader(n, t, path)
	return avroStep{op: stepRead, read: read}, builder, err
}

// skipStep returns the step that skips values of a type.
func skipStep(n *avroNode) avroStep {
	step := avroStep{op: stepNode, skip: n}
	if null, other := nullBranch(n); null >= 0 && other >= 0 && len(n.children) == 2 {
		if inner := skipStep(n.children[other]); inner.op != stepNode && !inner.optional {
			inner.optional, inner.null, inner.other = true, byte(null<<1), byte(other<<1)
			return inner
		}
		return step
	}
	switch n.kind { //nolint:exhaustive // the others stay as they are
	case avroVarint, avroEnum:
		step.op = stepNumber
	case avroBytes:
		step.op = stepBytes
	case avroBoolean:
		step.op, step.size = stepFixed, 1
	case avroFloat:
		step.op, step.size = stepFixed, 4
	case avroDouble:
		step.op, step.size = stepFixed, 8
	case avroFixed:
		step.op, step.size = stepFixed, n.size
	}
	return step
}

// runAvro goes over the fields of a record.
func runAvro(program []avroStep, b []byte, i int) int {
	for s := range program {
		step := &program[s]
		begin := i
		if step.optional {
			if i >= len(b) {
				return -1
			}
			branch := b[i]
			i++
			switch {
			case branch == step.other:
			case branch != step.null:
				return -1
			case step.op == stepRead:
				step.builder.AppendNull()
				if step.again {
					i = begin
				}
				continue
			default:
				continue
			}
		}
		switch step.op {
		case stepBytes:
			var n int
			switch {
			case i < len(b) && b[i] < 0x80 && b[i]&1 == 0:
				n = int(b[i] >> 1)
				i++
			case i+1 < len(b) && b[i+1] < 0x80 && b[i]&1 == 0: // up to 8191 bytes
				n = int(b[i]&0x7f)>>1 | int(b[i+1])<<6
				i += 2
			default:
				if n, i = avroLength(b, i); i < 0 {
					return i
				}
			}
			if i += n; i > len(b) {
				return -1
			}
		case stepFixed:
			if i += step.size; i > len(b) {
				return -1
			}
		case stepNumber:
			if _, i = varint(b, i); i < 0 {
				return i
			}
		case stepRead:
			if i = step.read(b, i); i < 0 {
				return i
			}
			if step.again {
				i = begin
			}
		case stepNode:
			if i = step.skip.skip(b, i, 0); i < 0 {
				return i
			}
		}
	}
	return i
}
