package connectortest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// SinkSchema is the columns of the table that TestCommitter writes. Its rows are numbered from 0.
var SinkSchema = types.Schema{{Name: "id", Type: types.Of(types.BigInt)}, {Name: "name", Type: types.String}}

// Outside is where a sink under test writes, as it stays when processes come and go.
type Outside struct {
	// Open opens the sink as a new process of the job does.
	Open func(t *testing.T, job string) connector.Committer
	// Rows returns what everyone can see of the table, as "id | name", in any order.
	Rows func(t *testing.T) []string
}

// crashSeeds is how many histories of a job with crashes are tried.
const crashSeeds = 10

// TestCommitter checks a sink that writes every row exactly once. begin returns an empty table.
func TestCommitter(t *testing.T, begin func(t *testing.T) Outside) {
	checks := []struct {
		name string
		run  func(t *testing.T, o Outside)
	}{
		{"ShowsNothingThatIsNotCommitted", showsNothingUncommitted},
		{"ShowsEverythingAtTheEnd", showsEverythingAtTheEnd},
		{"CommitsTheSameTwice", commitsTheSameTwice},
		{"RecoversWhatWasPrepared", recoversWhatWasPrepared},
		{"DiscardsWhatCameAfterTheCheckpoint", discardsWhatCameAfter},
		{"LeavesOtherJobsAlone", leavesOtherJobsAlone},
		{"ClosesTwice", closesTwice},
	}
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) { check.run(t, begin(t)) })
	}
	t.Run("WritesEveryRowOnceThroughCrashes", func(t *testing.T) {
		for seed := range uint64(crashSeeds) {
			if !t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { throughCrashes(t, begin(t), seed) }) {
				return
			}
		}
	})
}

func showsNothingUncommitted(t *testing.T, o Outside) {
	job := start(t, o, "job", nil, 2)
	job.write(t, 0, 100)
	job.prepare(t)
	job.write(t, 100, 200)
	o.expect(t, 0)
	job.close(t)
	o.expect(t, 0)
}

func showsEverythingAtTheEnd(t *testing.T, o Outside) {
	job := start(t, o, "job", nil, 3)
	job.write(t, 0, 100)
	job.commit(t, job.prepare(t))
	job.write(t, 100, 200)
	job.commit(t, job.end(t))
	o.expect(t, 200)
	job.close(t)
	o.expect(t, 200)
}

func commitsTheSameTwice(t *testing.T, o Outside) {
	job := start(t, o, "job", nil, 2)
	job.write(t, 0, 100)
	prepared := job.prepare(t)
	job.commit(t, prepared)
	job.commit(t, prepared)
	job.write(t, 100, 150)
	prepared = append(prepared, job.end(t)...) // as after a checkpoint that failed
	job.commit(t, prepared)
	job.commit(t, prepared)
	o.expect(t, 150)
	job.close(t)
	start(t, o, "job", prepared, 2).close(t)
	o.expect(t, 150)
}

func recoversWhatWasPrepared(t *testing.T, o Outside) {
	job := start(t, o, "job", nil, 2)
	job.write(t, 0, 100)
	prepared := job.prepare(t)
	// Here the process is killed, and so is the next one, after it has recovered.
	start(t, o, "job", prepared, 1)
	o.expect(t, 100)
	job = start(t, o, "job", prepared, 3)
	o.expect(t, 100)
	job.write(t, 100, 200)
	job.commit(t, job.end(t))
	job.close(t)
	o.expect(t, 200)
}

func discardsWhatCameAfter(t *testing.T, o Outside) {
	job := start(t, o, "job", nil, 2)
	job.write(t, 0, 100)
	prepared := job.prepare(t)
	job.commit(t, prepared)
	job.write(t, 100, 200)
	job.prepare(t) // of a checkpoint that never was complete
	job.write(t, 200, 300)
	job = start(t, o, "job", prepared, 2)
	o.expect(t, 100)
	job.write(t, 100, 300) // again
	job.commit(t, job.end(t))
	job.close(t)
	o.expect(t, 300)
}

func leavesOtherJobsAlone(t *testing.T, o Outside) {
	one := start(t, o, "one", nil, 2)
	one.write(t, 0, 100)
	prepared := one.prepare(t)
	one.write(t, 100, 110)
	other := start(t, o, "other", nil, 2)
	other.write(t, 110, 200)
	other.commit(t, other.end(t))
	other.close(t)
	one.commit(t, append(prepared, one.end(t)...))
	one.close(t)
	o.expect(t, 200)
}

func closesTwice(t *testing.T, o Outside) {
	job := start(t, o, "job", nil, 1)
	job.write(t, 0, 10)
	job.close(t)
	job.close(t)
}

// throughCrashes runs a job that is killed again and again, at any step, and goes on each time from
// its last complete checkpoint at another parallelism.
func throughCrashes(t *testing.T, o Outside, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	const rows = 500
	var complete [][]byte // what the last complete checkpoint holds
	position := 0         // how far the source was read then
	for crashes := 3; ; crashes-- {
		job := start(t, o, "job", complete, 1+random.IntN(3))
		o.expect(t, position)
		at := position
		var pending [][]byte
		for at < rows && (crashes == 0 || random.IntN(6) > 0) {
			next := min(at+random.IntN(60), rows)
			job.write(t, at, next)
			at = next
			if random.IntN(3) > 0 {
				continue
			}
			pending = append(pending, job.prepare(t)...)
			if crashes > 0 && random.IntN(4) == 0 {
				break // killed before the checkpoint is complete
			}
			if random.IntN(5) == 0 {
				continue // the checkpoint failed, and the job went on
			}
			complete, position = pending, at
			if crashes > 0 && random.IntN(3) == 0 {
				some := slices.DeleteFunc(slices.Clone(pending), func([]byte) bool { return random.IntN(2) == 0 })
				job.commit(t, some) // killed in the middle of this
				break
			}
			job.commit(t, pending)
			pending = nil
		}
		if crashes > 0 {
			if random.IntN(2) == 0 {
				job.close(t) // it failed, and was not killed
			}
			continue
		}
		pending = append(pending, job.end(t)...)
		job.commit(t, pending)
		job.close(t)
		o.expect(t, rows)
		return
	}
}

// sinkJob is a process that writes to a sink.
type sinkJob struct {
	sink    connector.Committer
	writers []connector.Preparer
	epoch   checkpoint.Epoch
}

func start(t *testing.T, o Outside, name string, prepared [][]byte, lanes int) *sinkJob {
	t.Helper()
	job := &sinkJob{sink: o.Open(t, name)}
	if err := job.sink.Recover(t.Context(), prepared); err != nil {
		t.Fatalf("recover: %v", err)
	}
	for lane := range lanes {
		writer, err := job.sink.Open(t.Context(), lane)
		if err != nil {
			t.Fatalf("open lane %d: %v", lane, err)
		}
		preparer, ok := writer.(connector.Preparer)
		if !ok {
			t.Fatalf("%T is no connector.Preparer", writer)
		}
		job.writers = append(job.writers, preparer)
	}
	return job
}

// write gives the rows from one number to another to the writers, in small batches.
func (j *sinkJob) write(t *testing.T, from, to int) {
	t.Helper()
	for ; from < to; from += 7 {
		var text strings.Builder
		text.WriteString(strings.Join(SinkSchema.Names(), " | "))
		for id := from; id < min(from+7, to); id++ {
			text.WriteString("\n" + sinkRow(id))
		}
		b, err := batch.Parse(text.String(), SinkSchema)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.writers[from/7%len(j.writers)].Write(t.Context(), b); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
}

func sinkRow(id int) string { return fmt.Sprintf("%d | name %d", id, id%5) }

func (j *sinkJob) prepare(t *testing.T) [][]byte {
	t.Helper()
	return j.prepareAll(t, false)
}

func (j *sinkJob) prepareAll(t *testing.T, last bool) (prepared [][]byte) {
	t.Helper()
	j.epoch++
	for _, writer := range j.writers {
		data, err := writer.Prepare(t.Context(), j.epoch, last)
		if err != nil {
			t.Fatalf("prepare: %v", err)
		}
		if data != nil {
			prepared = append(prepared, data)
		}
	}
	return prepared
}

// end prepares what is left when nothing more comes.
func (j *sinkJob) end(t *testing.T) [][]byte {
	t.Helper()
	return j.prepareAll(t, true)
}

func (j *sinkJob) commit(t *testing.T, prepared [][]byte) {
	t.Helper()
	if err := j.sink.Commit(t.Context(), prepared); err != nil {
		t.Fatalf("commit: %v", err)
	}
}

func (j *sinkJob) close(t *testing.T) {
	t.Helper()
	for _, writer := range j.writers {
		if err := writer.Close(); err != nil {
			t.Errorf("close a writer: %v", err)
		}
	}
	if err := j.sink.Close(); err != nil {
		t.Errorf("close the sink: %v", err)
	}
}

// expect checks that exactly the rows below a number can be seen.
func (o Outside) expect(t *testing.T, rows int) {
	t.Helper()
	seen := map[string]int{}
	for _, row := range o.Rows(t) {
		seen[row]++
	}
	for id := range rows {
		switch n := seen[sinkRow(id)]; n {
		case 1:
			delete(seen, sinkRow(id))
		case 0:
			t.Fatalf("row %d of %d is not there", id, rows)
		default:
			t.Fatalf("row %d of %d is there %d times", id, rows, n)
		}
	}
	for row, n := range seen {
		t.Fatalf("%q is there %d times, but only %d rows were committed", row, n, rows)
	}
}
