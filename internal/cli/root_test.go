package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
)

func TestHelpTexts(t *testing.T) {
	for _, args := range []string{"", "run", "sql", "validate", "explain", "kinesis", "put", "tail", "version", "help", "exit-codes"} {
		name := strings.ReplaceAll(args, " ", "_")
		if name == "" {
			name = "penstock"
		}
		t.Run(name, func(t *testing.T) {
			r := run(t, strings.Fields("help "+args)...)
			if r.code != 0 || r.stderr != "" {
				t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
			}
			golden(t, "help/"+name+".txt", r.stdout)
		})
	}
}

func TestHelpFlagIsTheHelpCommand(t *testing.T) {
	for _, command := range []string{"run", "sql", "validate", "explain", "kinesis", "put", "tail", "version"} {
		if flag, help := run(t, command, "-h"), run(t, "help", command); flag != help || flag.code != 0 {
			t.Errorf("%s -h gives %+v, help gives %+v", command, flag, help)
		}
	}
	if flag, bare := run(t, "--help"), run(t); flag != bare {
		t.Errorf("--help gives %+v, no argument gives %+v", flag, bare)
	}
}

func TestEveryKindHasAMeaning(t *testing.T) {
	for _, kind := range diag.Kinds() {
		if kindMeaning(kind) == "" {
			t.Errorf("the help topic exit-codes does not say what %v means", kind)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, test := range []struct{ args, stderr string }{
		{"rnu job.sql", "error: there is no command \"rnu\"\n  hint: did you mean \"penstock run\"?\n"},
		{"rnu --set a=b", "error: there is no command \"rnu\"\n  hint: did you mean \"penstock run\"?\n"},
		{"frobnicate", "error: there is no command \"frobnicate\"\n  hint: penstock --help lists the commands\n"},
		{"run --idleexit 3s", "error: there is no flag --idleexit\n  hint: did you mean --idle-exit?\n"},
		{"run -x", "error: there is no flag -x\n  hint: penstock run --help shows how it is used\n"},
		{"run", "error: run needs a script\n  hint: give a file, - for standard input, or -e \"SELECT ...\"\n"},
		{"run - -", "error: standard input can be read only once, but - is given twice\n  hint: penstock run --help shows how it is used\n"},
		{"run - -D aws.secretKey", "error: -D \"aws.secretKey\" is not of the form key=value\n  hint: penstock run --help shows how it is used\n"},
		{"run - -D =hush", "error: -D \"\" is not of the form key=value\n  hint: penstock run --help shows how it is used\n"},
		{"run - -Daws.acessKeyId=x", "error: nothing looks for the property \"aws.acessKeyId\" of -D\n  hint: did you mean \"aws.accessKeyId\"?\n"},
		{"run - -D parallelism.default=2", "error: nothing looks for the property \"parallelism.default\" of -D\n  hint: there is \"aws.accessKeyId\", \"aws.secretAccessKey\", \"aws.secretKey\", \"aws.sessionToken\"\n"},
		{"run - --set nonsense", "error: --set \"nonsense\" is not of the form key=value\n  hint: penstock run --help shows how it is used\n"},
		{"run - --idle-exit -1s", "error: --idle-exit and --status-interval cannot be negative\n  hint: penstock run --help shows how it is used\n"},
		{"tail", "error: tail needs the stream\n  hint: penstock tail --help shows how it is used\n"},
		{"tail a b", "error: tail takes the stream, but got \"b\" too\n  hint: penstock tail --help shows how it is used\n"},
		{"tail a --from yesterday", "error: --from \"yesterday\" is not latest, trim-horizon, a time such as 2026-01-31T08:00:00Z, or a duration such as 15m\n  hint: penstock tail --help shows how it is used\n"},
		{"tail a --limit -1", "error: --limit and --idle-exit cannot be negative\n  hint: penstock tail --help shows how it is used\n"},
		{"put a b --rate 5/s", "error: a payload in the command takes none of --file, --partition-key-field and --rate\n  hint: penstock put --help shows how it is used\n"},
		{"put a --rate fast", "error: --rate \"fast\" is not of the form 1000/s or 90/m\n  hint: penstock put --help shows how it is used\n"},
		{"put a --partition-key x --partition-key-field y", "error: --partition-key and --partition-key-field exclude each other\n  hint: penstock put --help shows how it is used\n"},
		{"kinesis now", "error: kinesis takes no arguments, but got \"now\"\n  hint: penstock kinesis --help shows how it is used\n"},
		{"kinesis --stream orders:none", "error: --stream \"orders:none\" is not of the form name:shards, with at least one shard\n  hint: penstock kinesis --help shows how it is used\n"},
		{"kinesis --limits few", "error: --limits \"few\" is not one of none, aws\n  hint: penstock kinesis --help shows how it is used\n"},
		{"version -o xml", "error: output format \"xml\" is not one of text, json\n  hint: penstock version --help shows how it is used\n"},
		{"version --log-level loud", "error: log level \"loud\" is not one of debug, info, warn, error\n  hint: penstock version --help shows how it is used\n"},
		{"help exit-code", "error: there is no command or topic \"exit-code\"\n  hint: did you mean \"penstock help exit-codes\"?\n"},
		{"completion bash now", "error: unknown command \"now\" for \"penstock completion bash\"\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			run(t, strings.Fields(test.args)...).want(t, 2, "", test.stderr)
		})
	}
}

func TestErrorsAsJSON(t *testing.T) {
	for _, args := range []string{"run --idleexit 3s -o json", "-o=json run --idleexit 3s", "--output json run --idleexit 3s"} {
		run(t, strings.Fields(args)...).want(t, 2, "",
			`{"error":{"kind":"usage","message":"there is no flag --idleexit","hint":"did you mean --idle-exit?"}}`+"\n")
	}
}

func TestVersion(t *testing.T) {
	if r := run(t, "version"); r.code != 0 || !strings.HasPrefix(r.stdout, "penstock dev (go") {
		t.Errorf("got %+v", r)
	}
	var b build
	r := run(t, "version", "--output", "json")
	if err := json.Unmarshal([]byte(r.stdout), &b); err != nil || b.Version != "dev" || b.Go == "" || b.Platform == "" {
		t.Errorf("got %q: %v", r.stdout, err)
	}
}

func TestCompletion(t *testing.T) {
	r := run(t, "__complete", "run", "")
	if want := "sql\n:8\n"; r.stdout != want { // 8: only files with these suffixes
		t.Errorf("got %q, want %q", r.stdout, want)
	}
	r = run(t, "__complete", "va")
	if want := "validate\tCheck scripts without running them\n:4\n"; r.stdout != want {
		t.Errorf("got %q, want %q", r.stdout, want)
	}
	r = run(t, "__complete", "run", "--set", "table.local")
	if want := "table.local-time-zone=\tThe session time zone: "; !strings.Contains(r.stdout, want) {
		t.Errorf("got %q, which has no %q", r.stdout, want)
	}
	if r = run(t, "completion", "bash"); r.code != 0 || !strings.Contains(r.stdout, "penstock") || r.stderr != "" {
		t.Errorf("completion bash: exit code %d, %d bytes, stderr %q", r.code, len(r.stdout), r.stderr)
	}
}
