// Command crash kills penstock run with SIGKILL at random moments, again and again while records come
// in, and compares what has come out in the end with what a plain program computes of the same
// records: nothing may be lost, and nothing be there twice.
//
//	go run ./crash -rounds 100 [-sink files|postgres] [-seed N]
//
// It runs real processes: a Kinesis server, a producer, the job, and for the sink postgres a database
// server of Debian's package, which it installs if there is none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 20, "how many times the job is killed, for each sink")
	only := flag.String("sink", "", "only this `sink`: files or postgres")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "chooses the moments")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *rounds, *only, *seed)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "crash: seed %d: %v\n", *seed, err)
		os.Exit(1)
	}
}

// run runs the loop for each sink.
func run(ctx context.Context, rounds int, only string, seed uint64) error {
	dir, err := os.MkdirTemp("", "penstock-crash-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program := filepath.Join(dir, "penstock")
	if err := command(ctx, dir, nil, "go", "build", "-o", program, "github.com/penstock-io/penstock/cmd/penstock"); err != nil {
		return err
	}
	for _, s := range []sink{&files{}, &database{}} {
		if only != "" && s.name() != only {
			continue
		}
		l := &loop{
			program: program, dir: filepath.Join(dir, s.name()), sink: s, rounds: rounds, random: rand.New(rand.NewPCG(seed, 1)),
		}
		if err := l.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name(), err)
		}
	}
	return nil
}

// sink is where the job writes.
type sink interface {
	name() string
	// start starts what is needed, with its data in dir.
	start(ctx context.Context, dir string) error
	stop()
	// tables returns the tables copies (id BIGINT, k STRING) and sums (k STRING, ws TIMESTAMP(3), n
	// BIGINT, total BIGINT).
	tables() string
	// rows returns what is in the tables, in any order.
	rows(ctx context.Context) (copies, sums []string, err error)
}

const (
	keys      = 7
	rate      = 4000 // records per second
	perWindow = 500  // records
	shortest  = 20 * time.Millisecond
	longest   = 1500 * time.Millisecond
)

// loop is the test of one sink.
type loop struct {
	program string
	dir     string
	sink    sink
	rounds  int
	random  *rand.Rand
	env     []string
}

func (l *loop) run(ctx context.Context) error {
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	if err := l.sink.start(ctx, l.dir); err != nil {
		return err
	}
	defer l.sink.stop()
	server, err := l.startServer(ctx)
	if err != nil {
		return err
	}
	defer server()
	if err := os.WriteFile(filepath.Join(l.dir, "job.sql"), []byte(l.script()), 0o600); err != nil {
		return err
	}
	records := max(rate, int(float64(l.rounds)*(shortest+longest).Seconds()/2*rate))
	if err := l.writeRecords(records); err != nil {
		return err
	}
	producer := exec.CommandContext(ctx, l.program, "put", "records", "--file", "records.ndjson", "--partition-key-field", "k", "--rate", fmt.Sprint(rate, "/s")) //nolint:gosec // ours
	producer.Dir, producer.Env = l.dir, l.env
	if err := producer.Start(); err != nil {
		return err
	}
	kills := 0
	for range l.rounds {
		killed, err := l.life(ctx)
		if err != nil {
			return err
		}
		kills += killed
	}
	if err := producer.Wait(); err != nil {
		return fmt.Errorf("producer: %w", err)
	}
	if err := command(ctx, l.dir, l.env, l.program, "run", "job.sql", "--idle-exit", "3s", "--status-interval", "0"); err != nil {
		return err
	}
	if err := l.compare(ctx, records); err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s: %d records, killed %d times: nothing lost, nothing repeated (%s)\n", l.sink.name(), records, kills, time.Since(began).Round(time.Second))
	return nil
}

// life runs the job for a random time and kills it.
func (l *loop) life(ctx context.Context) (killed int, err error) {
	var log strings.Builder
	job := exec.CommandContext(ctx, l.program, "run", "job.sql", "--status-interval", "0") //nolint:gosec // ours
	job.Dir, job.Env, job.Stdout, job.Stderr = l.dir, l.env, &log, &log
	if err := job.Start(); err != nil {
		return 0, err
	}
	time.Sleep(shortest + time.Duration(l.random.Int64N(int64(longest-shortest)))) //nolint:forbidigo // the moment of the kill
	if err := job.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	err = job.Wait()
	if job.ProcessState.Exited() {
		return 0, fmt.Errorf("the job ended by itself: %w\n%s", err, log.String())
	}
	return 1, nil
}

// script is the job: it copies the records and sums them up by key and window.
func (l *loop) script() string {
	return `
CREATE TABLE records (id BIGINT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
WITH ('connector' = 'kinesis', 'stream' = 'records', 'format' = 'json', 'scan.stream.initpos' = 'TRIM_HORIZON');
` + l.sink.tables() + `
SET 'execution.checkpointing.interval' = '150 ms';
EXECUTE STATEMENT SET BEGIN
INSERT INTO copies SELECT id, k FROM records WHERE id % 3 = 0;
INSERT INTO sums SELECT k, window_start, COUNT(*), SUM(id) FROM TABLE(TUMBLE(TABLE records, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY k, window_start, window_end;
END;
`
}

// second is the event time of a record, which has perWindow others in the same second.
func second(id int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, id/perWindow, 0, time.UTC)
}

func (l *loop) writeRecords(n int) error {
	var out strings.Builder
	for id := range n {
		fmt.Fprintf(&out, "{\"id\":%d,\"k\":\"k%d\",\"ts\":%q}\n", id, id%keys, second(id).Format("2006-01-02 15:04:05.000"))
	}
	return os.WriteFile(filepath.Join(l.dir, "records.ndjson"), []byte(out.String()), 0o600)
}

// compare compares what came out with what should.
func (l *loop) compare(ctx context.Context, records int) error {
	type sum struct{ n, total int }
	sums := map[string]sum{}
	var wantCopies, wantSums []string
	for id := range records {
		key := fmt.Sprintf("k%d %s", id%keys, second(id).Format("2006-01-02 15:04:05"))
		s := sums[key]
		sums[key] = sum{s.n + 1, s.total + id}
		if id%3 == 0 {
			wantCopies = append(wantCopies, fmt.Sprintf("%d k%d", id, id%keys))
		}
	}
	for key, s := range sums {
		wantSums = append(wantSums, fmt.Sprintf("%s %d %d", key, s.n, s.total))
	}
	copies, found, err := l.sink.rows(ctx)
	if err != nil {
		return err
	}
	return errors.Join(same("copies", copies, wantCopies), same("sums", found, wantSums))
}

// same compares two bags of rows.
func same(table string, got, want []string) error {
	slices.Sort(got)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return nil
	}
	counts := map[string]int{}
	for _, row := range want {
		counts[row]++
	}
	for _, row := range got {
		counts[row]--
	}
	var lost, extra []string
	for row, n := range counts {
		switch {
		case n > 0:
			lost = append(lost, row)
		case n < 0:
			extra = append(extra, row)
		}
	}
	slices.Sort(lost)
	slices.Sort(extra)
	const shown = 5
	return fmt.Errorf("%s has %d rows and should have %d; %d are lost, such as %q; %d are extra, such as %q", table, len(got), len(want),
		len(lost), lost[:min(shown, len(lost))], len(extra), extra[:min(shown, len(extra))])
}

// command runs a program and puts its output into the error.
func command(ctx context.Context, dir string, env []string, program ...string) error {
	cmd := exec.CommandContext(ctx, program[0], program[1:]...) //nolint:gosec // the programs are named in this package
	if env != nil {
		cmd.Dir, cmd.Env = dir, env
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(program, " "), err, out)
	}
	return nil
}
