package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// putLines puts the lines with the same partition key, so that they come back in order.
func putLines(t *testing.T, stream, text string) {
	t.Helper()
	if r := (process{stdin: strings.NewReader(text)}).run(t.Context(), "put", stream, "--partition-key", "k"); r.code != 0 {
		t.Fatalf("put: %+v", r)
	}
}

func TestTailFollowsChildrenAfterTheirParents(t *testing.T) {
	server := serve(t, map[string]int{"orders": 2})
	want := ""
	for round, shards := range []int{3, 1, 2} {
		text := fmt.Sprintf("%d-a\n%d-b\n", round, round)
		putLines(t, "orders", text)
		want += text
		if err := server.Reshard("orders", shards); err != nil {
			t.Fatal(err)
		}
	}
	putLines(t, "orders", "last\n")
	run(t, "tail", "orders", "--from", "trim-horizon", "--limit", "7").want(t, 0, want+"last\n", "")
}

func TestTailSurvivesExpiredIterators(t *testing.T) {
	server := serve(t, map[string]int{"orders": 1})
	putLines(t, "orders", "one\n")
	reader, writer := io.Pipe()
	done := make(chan result)
	go func() {
		p := process{stdout: writer}
		done <- p.run(t.Context(), "tail", "orders", "--from", "trim-horizon", "--limit", "2")
	}()
	out := bufio.NewScanner(reader)
	out.Scan()
	server.ExpireIterators()
	putLines(t, "orders", "two\n")
	out.Scan()
	if got := out.Text(); got != "two" {
		t.Errorf("got %q, want two", got)
	}
	(<-done).want(t, 0, "", "")
}

func TestTailEndsWhenIdleOrInterrupted(t *testing.T) {
	serve(t, map[string]int{"orders": 2})
	putLines(t, "orders", "one\ntwo\n")
	run(t, "tail", "orders", "--from", "1h", "--idle-exit", "1ms").want(t, 0, "one\ntwo\n", "")
	run(t, "tail", "orders", "--idle-exit", "1ms").want(t, 0, "", "")
	signals := make(chan os.Signal, 1)
	signals <- os.Interrupt
	process{signals: signals}.run(t.Context(), "tail", "orders").want(t, 0, "", "")
}

func TestTailOneShard(t *testing.T) {
	serve(t, map[string]int{"orders": 2})
	putLines(t, "orders", "one\n")
	both := ""
	for i := range 2 {
		r := run(t, "tail", "orders", "--from", "trim-horizon", "--idle-exit", "1ms", "--shard", fmt.Sprintf("shardId-%012d", i))
		both += r.stdout
	}
	if both != "one\n" {
		t.Errorf("got %q", both)
	}
	run(t, "tail", "orders", "--shard", "shardId-000000000009").want(t, 5, "",
		"error: stream \"orders\" has no shard \"shardId-000000000009\"\n  hint: did you mean \"shardId-000000000000\"?\n")
}

func TestTailFormats(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	for _, payload := range []string{"{\n  \"a\": 1\n}", "plain <text>", "\x1b[2J", "\xff"} {
		if r := run(t, "put", "orders", payload, "--partition-key", "k"); r.code != 0 {
			t.Fatalf("put: %+v", r)
		}
	}
	args := []string{"tail", "orders", "--from", "trim-horizon", "--limit", "4"}
	run(t, args...).want(t, 0, "{\"a\":1}\nplain <text>\n\\u001b[2J\n\\xff\n", "")
	run(t, append(args, "--raw")...).want(t, 0, "{\n  \"a\": 1\n}plain <text>\x1b[2J\xff", "")
	objects := strings.Split(run(t, append(args, "-o", "json")...).stdout, "\n")
	for i, want := range []string{`"payload":{"a":1}}`, `"payload":"plain <text>"}`, `"payload":"\u001b[2J"}`, `"payload_base64":"/w=="}`} {
		if !strings.HasPrefix(objects[i], `{"shard_id":"shardId-000000000000","sequence_number":"4`) || !strings.HasSuffix(objects[i], want) {
			t.Errorf("got %s, want ...%s", objects[i], want)
		}
	}
}

func TestStreamThatDoesNotExist(t *testing.T) {
	serve(t, nil)
	endpoint := os.Getenv("AWS_ENDPOINT_URL_KINESIS")
	want := "error: stream \"orders\" does not exist in region us-east-1 at " + endpoint + "\n" +
		"  hint: check the name, --region and --endpoint-url, or create it: aws kinesis create-stream --stream-name orders --shard-count 1 --region us-east-1 --endpoint-url " + endpoint + "\n"
	run(t, "tail", "orders").want(t, 5, "", want)
	process{stdin: strings.NewReader("x")}.run(t.Context(), "put", "orders").want(t, 5, "", want)
	run(t, "put", "orders", "x").want(t, 5, "", want)
}

func TestNoRegionCredentialsProfileOrEndpoint(t *testing.T) {
	isolate(t)
	run(t, "tail", "orders").want(t, 2, "", "error: the AWS region is not known\n  hint: give --region, or set AWS_REGION\n")
	run(t, "tail", "orders", "--region", "eu-west-1").want(t, 7, "",
		"error: no AWS credentials found\n  hint: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for penstock kinesis, paste the lines that it prints\n")
	run(t, "tail", "orders", "--profile", "work").want(t, 7, "",
		"error: there is no AWS profile \"work\"\n  hint: aws configure list-profiles shows those there are\n")
	run(t, "tail", "orders", "--endpoint-url", "http://127.0.0.1:1").want(t, 6, "",
		"error: cannot reach Kinesis at http://127.0.0.1:1: connection refused\n  hint: check --endpoint-url and AWS_ENDPOINT_URL_KINESIS; penstock kinesis starts a server on this machine\n")
}

func TestStreamNamesAreCompleted(t *testing.T) {
	serve(t, map[string]int{"orders": 1, "out": 1})
	for _, command := range []string{"tail", "put"} {
		if got := run(t, "__complete", command, "").stdout; got != "orders\nout\n:4\n" {
			t.Errorf("%s: got %q", command, got)
		}
	}
}

func TestParseFrom(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	at := func(t time.Time) startPoint { return startPoint{kind: types.ShardIteratorTypeAtTimestamp, at: t} }
	for text, want := range map[string]startPoint{
		"latest": {kind: types.ShardIteratorTypeLatest}, "TRIM_HORIZON": {kind: types.ShardIteratorTypeTrimHorizon},
		"15m": at(now.Add(-15 * time.Minute)), "2026-01-31T08:00:00Z": at(now.Add(-4 * time.Hour)), "2026-01-31 08:00:00": at(now.Add(-4 * time.Hour)),
		"2026-01-31": at(now.Add(-12 * time.Hour)),
	} {
		if got, ok := parseFrom(text, now); !ok || got.kind != want.kind || !got.at.Equal(want.at) {
			t.Errorf("%q: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "yesterday", "-5m"} {
		if got, ok := parseFrom(text, now); ok {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
