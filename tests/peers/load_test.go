package peers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// connections is how many speak at once; each waits for its answer before it sends again.
const connections = 16

// figures are what one round of load measures.
type figures struct{ perSecond, p50, p99 float64 } // requests, milliseconds

// load sends requests as they are to an address, and expects each to be answered with 200. It reads no more of HTTP
// than it must, so that the server is what is slow.
func load(address string, requests [][]byte) (figures, error) {
	took := make([]time.Duration, len(requests))
	problems := make([]error, connections)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for c := range connections {
		all.Go(func() {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				problems[c] = err
				return
			}
			defer func() { _ = connection.Close() }()
			answers := bufio.NewReader(connection)
			for i := int(next.Add(1)) - 1; i < len(requests); i = int(next.Add(1)) - 1 {
				sent := time.Now()
				if _, problems[c] = connection.Write(requests[i]); problems[c] != nil {
					return
				}
				if problems[c] = readAnswer(answers); problems[c] != nil {
					return
				}
				took[i] = time.Since(sent)
			}
		})
	}
	all.Wait()
	span := time.Since(began)
	slices.Sort(took)
	at := func(percent int) float64 { return float64(took[len(took)*percent/100].Microseconds()) / 1000 }
	return figures{float64(len(requests)) / span.Seconds(), at(50), at(99)}, errors.Join(problems...)
}

// readAnswer reads an answer of known length.
func readAnswer(r *bufio.Reader) error {
	status, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %q", status)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		name, value, found := strings.Cut(strings.TrimSpace(string(line)), ":")
		if !found {
			break
		}
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	if length <= 0 {
		return fmt.Errorf("an answer of %d bytes", length)
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return err
}

func TestReadAnswer(t *testing.T) {
	const good = "HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 2\r\n\r\n{}"
	for text, fine := range map[string]bool{
		good: true, strings.Replace(good, "200", "400", 1): false, strings.Replace(good, ": 2", ": 3", 1): false,
		strings.Replace(good, "content-length", "length", 1): false, good[:20]: false, "": false,
	} {
		r := bufio.NewReader(strings.NewReader(text))
		if err := readAnswer(r); (err == nil) != fine {
			t.Errorf("%q: %v", text, err)
		}
	}
}
