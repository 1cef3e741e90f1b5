package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// stopPatience is how long a server may take to end.
const stopPatience = 10 * time.Second

// startServer starts the Kinesis server and returns what ends it.
func (l *loop) startServer(ctx context.Context) (stop func(), err error) {
	cmd := exec.CommandContext(ctx, l.program, "kinesis", "--output", "json", "--port", "0", "--stream", "records:2") //nolint:gosec // ours
	cmd.Dir, cmd.WaitDelay = l.dir, stopPatience
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var said struct {
		Endpoint string `json:"endpoint"`
	}
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		return nil, fmt.Errorf("kinesis server: %w", err)
	}
	l.env = append(os.Environ(),
		"AWS_ENDPOINT_URL_KINESIS="+said.Endpoint, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	return func() {
		_ = cmd.Process.Kill() // what it holds is in memory
		_ = cmd.Wait()         // it was killed
	}, nil
}

// files is the connector filesystem.
type files struct{ dir string }

func (*files) name() string { return "files" }

func (f *files) start(_ context.Context, dir string) error {
	f.dir = dir
	return nil
}

func (*files) stop() {}

func (*files) tables() string {
	const with = ` WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '%s', 'sink.rolling-policy.file-size' = '20 kb');`
	return `CREATE TABLE copies (id BIGINT, k STRING) PARTITIONED BY (k)` + fmt.Sprintf(with, "copies") +
		`CREATE TABLE sums (k STRING, ws TIMESTAMP(3), n BIGINT, total BIGINT)` + fmt.Sprintf(with, "sums")
}

func (f *files) rows(context.Context) (copies, sums []string, err error) {
	err = f.lines("copies", func(directory, line string) error {
		var row struct{ ID int }
		err := json.Unmarshal([]byte(line), &row)
		copies = append(copies, fmt.Sprintf("%d %s", row.ID, strings.TrimPrefix(directory, "k=")))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = f.lines("sums", func(_, line string) error {
		var row struct {
			K, WS    string
			N, Total int
		}
		err := json.Unmarshal([]byte(line), &row)
		sums = append(sums, fmt.Sprintf("%s %s %d %d", row.K, strings.TrimSuffix(row.WS, ".000"), row.N, row.Total))
		return err
	})
	return copies, sums, err
}

// lines calls f for every line that a reader of the table would see.
func (f *files) lines(table string, each func(directory, line string) error) error {
	return filepath.WalkDir(filepath.Join(f.dir, table), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") {
			return fmt.Errorf("%s was left behind", path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if err := each(filepath.Base(filepath.Dir(path)), line); err != nil {
				return err
			}
		}
		return nil
	})
}
