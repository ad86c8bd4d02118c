package peers

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// turns are played in one round, after as many that warm up.
const turns = 20000

var perTurn = regexp.MustCompile(`BenchmarkTurnTire\S*\s+\d+\s+([\d.]+) ns/op`)

// turn is one turn in process: the whole conversation of Trunkpass beside the fixed sentence of the minimal skill.
func (b *bench) turn() (table, error) {
	binary, err := b.testBinary("turn", "/tests")
	if err != nil {
		return table{}, err
	}
	var ours, theirs sample
	for range often(9) {
		command := exec.Command(binary, "-test.run", "^$", "-test.bench", "^BenchmarkTurnTire$", "-test.benchtime", strconv.Itoa(turns)+"x")
		command.Dir = ".." // where its request is
		out, err := command.Output()
		found := perTurn.FindSubmatch(out)
		if err != nil || found == nil {
			return table{}, errors.Join(err, fmt.Errorf("no figure in %q", out))
		}
		nanoseconds, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			return table{}, err
		}
		ours = append(ours, nanoseconds/1000)
		said, err := output("node", "turn.js", "request.json", strconv.Itoa(turns))
		if err != nil {
			return table{}, err
		}
		microseconds, err := strconv.ParseFloat(strings.TrimSpace(said), 64)
		if err != nil {
			return table{}, err
		}
		theirs = append(theirs, microseconds)
	}
	t := table{title: fmt.Sprintf("One turn in process, %d bytes in", len(b.request))}
	t.add("", "µs")
	t.add("Trunkpass, the tire turn", ours.String())
	t.add("ask-sdk-core, a fixed sentence", theirs.String())
	t.add("ratio", ours.per(theirs).String())
	t.add("ratio of the fastest rounds", ours.fastest(theirs))
	return t, nil
}
