package kinesisserver

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func (w *world) delete(stream string) {
	w.Helper()
	_, err := w.client.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: &stream, EnforceConsumerDeletion: aws.Bool(true)})
	w.must(err)
}

// TestStreamDeletedUnderACall holds calls up when they have found their stream, and deletes it then.
func TestStreamDeletedUnderACall(t *testing.T) {
	const address = `"StreamName":"clicks"`
	for operation, body := range map[string]string{
		"PutRecord":                 `{` + address + `,"Data":"eA==","PartitionKey":"k"}`,
		"PutRecords":                `{` + address + `,"Records":[{"Data":"eA==","PartitionKey":"k"}]}`,
		"GetRecords":                `{"ShardIterator":"%s"}`,
		"GetShardIterator":          `{` + address + `,"ShardId":"0","ShardIteratorType":"LATEST"}`,
		"ListShards":                `{` + address + `}`,
		"DescribeStream":            `{` + address + `}`,
		"SplitShard":                `{` + address + `,"ShardToSplit":"0","NewStartingHashKey":"1000"}`,
		"DisableEnhancedMonitoring": `{` + address + `,"ShardLevelMetrics":["ALL"]}`,
		"DescribeStreamConsumer":    `{"StreamARN":"` + clicksARN + `","ConsumerName":"app"}`,
	} {
		t.Run(operation, func(t *testing.T) {
			inBubble(t, Config{}, func(w *world) {
				w.create("clicks", 1)
				w.register("app")
				if operation == "GetRecords" {
					body = fmt.Sprintf(body, w.iterator("clicks", "0", types.ShardIteratorTypeLatest, ""))
				}
				w.srv.Fault(Fault{Operation: operation, Stream: "clicks", Delay: time.Second})
				go func() {
					synctest.Wait() // the call is held up
					w.delete("clicks")
				}()
				resp, answer := w.call(operation, body)
				if resp.StatusCode != http.StatusBadRequest || !strings.Contains(answer, "ResourceNotFoundException") ||
					!strings.Contains(answer, "Stream clicks under account 000000000000 not found.") {
					t.Errorf("%d %s", resp.StatusCode, answer)
				}
			})
		})
	}
}

// TestDeletedStreamCannotBeLocked is for what finds streams other than by a call, such as
// Server.Reshard.
func TestDeletedStreamCannotBeLocked(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	now := w.srv.Now()
	st, err := w.srv.realm(DefaultAccountID, DefaultRegion).stream("clicks", now)
	w.must(err)
	w.delete("clicks")
	if status := st.status(); status != statusDeleting {
		t.Errorf("it is %s", status)
	}
	for name, err := range map[string]error{
		"lock": st.lock(now), "lockActive": st.lockActive(now), "rlock": st.rlock(now), "rlockForData": st.rlockForData(now),
	} {
		if err == nil || err.Error() != "ResourceNotFoundException: Stream clicks under account 000000000000 not found." {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !st.mu.TryLock() {
		t.Error("it is locked")
	}
}

// TestStreamsComeAndGoWhileTheyAreUsed lets Go's own doors race with deletions.
func TestStreamsComeAndGoWhileTheyAreUsed(t *testing.T) {
	srv := New(Config{})
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			for _, err := range []error{srv.Reshard("clicks", n%3+1), srv.PauseShard("clicks", "0")} {
				if err != nil && !strings.Contains(err.Error(), "ResourceNotFoundException") {
					t.Error(err)
				}
			}
		}
	})
	for range 2000 {
		if err := srv.CreateStream("clicks", 1); err != nil {
			t.Error(err)
		}
		post(t, srv.Handler(), "DeleteStream", []byte(`{"StreamName":"clicks"}`))
	}
	close(done)
	wg.Wait()
}
