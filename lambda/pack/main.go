// Command pack builds the Lambda functions and packs each as a zip that is the same byte for byte wherever and whenever
// it is built with the same version of Go, so that anybody can prove that what runs is this source.
//
//	go run ./lambda/pack -out bin/lambda                       all functions, arm64 and amd64
//	go run ./lambda/pack -out bin/lambda -arch arm64 skill     one of them
//
// It prints a line for each zip with its size in bytes and its SHA-256. `make lambda` calls it, and the
// template that it puts beside the zips deploys them.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// functions are the folders beside this one that hold a function.
var functions = []string{"skill", "owner", "events"}

// module is built by its path, so that it does not matter which of its folders this runs in.
const module = "github.com/trunkpass/trunkpass"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pack", flag.ContinueOnError)
	folder := flags.String("out", "bin/lambda", "folder of the zips")
	arches := flags.String("arch", "arm64,amd64", "processors, with commas between")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted := flags.Args()
	if len(wanted) == 0 {
		wanted = functions
	}
	for _, arch := range strings.Split(*arches, ",") {
		if err := putTemplate(ctx, filepath.Join(*folder, arch)); err != nil {
			return fmt.Errorf("put the template beside the functions: %w", err)
		}
		for _, function := range wanted {
			if !slices.Contains(functions, function) || arch != "arm64" && arch != "amd64" {
				return fmt.Errorf("there is no function %s for %s", function, arch)
			}
			path := filepath.Join(*folder, arch, function+".zip")
			packed, err := pack(ctx, function, arch)
			if err != nil {
				return fmt.Errorf("pack %s for %s: %w", function, arch, err)
			}
			if err := os.WriteFile(path, packed, 0o600); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(out, "%-32s %9d bytes  sha256 %x\n", path, len(packed), sha256.Sum256(packed))
		}
	}
	return nil
}

// putTemplate copies the template to where it finds the zips.
func putTemplate(ctx context.Context, folder string) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Module.Dir}}", module+"/lambda/pack").Output()
	if err != nil {
		return err
	}
	template, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lambda", "template.yaml"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "template.yaml"), template, 0o600)
}

// pack builds one function and gives its zip.
func pack(ctx context.Context, function, arch string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "trunkpass-pack")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	bootstrap := filepath.Join(folder, "bootstrap")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-ldflags", "-s -w -buildid=", "-o", bootstrap, module+"/lambda/"+function)
	// What the environment could change in the binary is fixed here; cgo would bind it to the builder's C library.
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	program, err := os.ReadFile(bootstrap)
	if err != nil {
		return nil, err
	}
	return archive(program)
}

// age is what every file is dated to: the beginning of time, as zip knows it.
var age = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// archive packs a program as the file that Lambda starts.
func archive(program []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: age}
	header.SetMode(0o755)
	file, err := w.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(program); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
