package kinesis

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

// What is permanent is asked once; what is not goes in the end, or ends the job after some time.
func TestEveryErrorOfTheServiceIsDealtWith(t *testing.T) {
	for _, known := range append(serviceErrors, serviceError{code: "SomethingNewException", do: permanent}) {
		inWorld(t, 1, func(w *world) {
			writer := w.writer(w.table(userAndNumber))
			remove := w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Code: known.code, Message: "because"})
			w.must(writer.Write(w.Context(), someRows(1)))
			failed := make(chan error, 1)
			go func() { failed <- writer.Flush(w.Context()) }()
			advance(5 * time.Minute)
			calls := w.srv.Calls("PutRecords")
			remove()
			err := <-failed
			switch known.do {
			case throttled:
				if err != nil || calls < 30 {
					w.Errorf("%s: %v after %d calls", known.code, err, calls)
				}
			case transient:
				if err == nil || calls != putPolicy.retries+1 {
					w.Errorf("%s: %v after %d calls", known.code, err, calls)
				}
			case permanent:
				if err == nil || calls != 1 || diag.KindOf(err) == diag.Internal {
					w.Errorf("%s: %v after %d calls", known.code, err, calls)
				}
			}
		})
	}
}

func TestFinalErrorsAreDocumented(t *testing.T) {
	docs := ""
	for _, row := range options {
		if row.Key == keyFailOnError || row.Key == keySinkBadRecords {
			docs += row.Doc
		}
	}
	for _, known := range serviceErrors {
		if known.reason == "" || (known.do == permanent) != (known.fault != noFault) {
			t.Errorf("%s has no reason or no fault", known.code)
		}
		if known.do == permanent && !strings.Contains(docs, known.code) {
			t.Errorf("%s is documented nowhere", known.code)
		}
	}
}

// A request that is refused because of one of its records does not take the others with it.
func TestOneBadRecordDoesNotHoldUpTheOthers(t *testing.T) {
	for _, policy := range []string{"skip", "fail"} {
		inWorld(t, 1, func(w *world) {
			w.setMaxRecord(10 << 10)
			writer := w.writer(w.table(userAndNumber, "sink.bad-records", policy))
			w.setMaxRecord(1 << 10) // behind the back of the sink
			w.must(writer.Write(w.Context(), someRows(77)))
			w.must(writer.Write(w.Context(), rowOf(2<<20)))
			w.must(writer.Write(w.Context(), rowsFrom(77, 100)))
			err := writer.Flush(w.Context())
			if bad := w.meter.BadRecords.Load(); bad != 1 {
				w.Errorf("%s: %d bad records", policy, bad)
			}
			if policy == "fail" {
				if diag.KindOf(err) != diag.Option || !strings.HasPrefix(err.Error(), `PutRecords on stream "clicks" is refused: `) {
					w.Errorf("got %v", err)
				}
				return
			}
			w.must(err)
			w.stored(177)
			if !strings.Contains(w.log.String(), "row left out") {
				w.Errorf("logged\n%s", w.log)
			}
		})
	}
}

func TestRowsThatCannotBeWrittenAreLeftOutOnDemand(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		writer := w.writer(w.table(userAndNumber, "sink.bad-records", "skip"))
		for n := range 30 {
			w.must(writer.Write(w.Context(), rowOf(maxBytesPerRecord+1+n)))
			advance(time.Second)
		}
		w.must(writer.Write(w.Context(), someRows(3)))
		w.must(writer.Flush(w.Context()))
		w.stored(3)
		if bad, logged := w.meter.BadRecords.Load(), strings.Count(w.log.String(), "row left out"); bad != 30 || logged != 3 {
			w.Errorf("%d bad records, %d logged", bad, logged)
		}
	})
}

func TestFailOnErrorDoesNotTryAgain(t *testing.T) {
	for _, fault := range []kinesisserver.Fault{
		{Code: "ProvisionedThroughputExceededException"}, {Status: 500}, {Drop: true}, {RecordPercent: 100}, {Code: "ValidationException"},
	} {
		inWorld(t, 1, func(w *world) {
			fault.Operation = "PutRecords"
			w.srv.Fault(fault)
			writer := w.writer(w.table(userAndNumber, "sink.fail-on-error", "true"))
			w.must(writer.Write(w.Context(), someRows(3)))
			if err := writer.Flush(w.Context()); err == nil || w.srv.Calls("PutRecords") != 1 {
				w.Errorf("%+v: %v after %d calls", fault, err, w.srv.Calls("PutRecords"))
			}
		})
	}
}

func TestTheWorstReasonOfARequestCounts(t *testing.T) {
	busy, down := "ProvisionedThroughputExceededException", "InternalFailure"
	records := []record{{PartitionKey: aws.String("a")}, {PartitionKey: aws.String("b")}, {PartitionKey: aws.String("c")}, {PartitionKey: aws.String("d")}}
	results := results(nil, &down, nil, &busy)
	taken, refused, reason := sortOut(records, results)
	if len(taken) != 2 || *taken[1].PartitionKey != "c" || len(refused) != 2 || *refused[1].PartitionKey != "d" || *reason.ErrorCode != busy {
		t.Errorf("got %v, %v, %v", taken, refused, *reason.ErrorCode)
	}
}
