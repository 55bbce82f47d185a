// Package slow makes this machine as slow as a café's for one browser: a share of one
// core for all its processes, and a thin line to the servers. What DevTools can slow
// down reaches neither workers nor a service worker's downloads.
//
// It needs Linux and root: control groups hold the processor, a network namespace
// with a token bucket (tc tbf) the line.
package slow

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Host is the address of the far end of the thin line; all others of the namespace are
// near.
const Host = "127.0.0.2"

// Latency is how long a round trip over the thin line takes. The kernel's delay
// (netem) is not everywhere, so whoever listens at [Host] waits so long.
const Latency = 100 * time.Millisecond

// Rate is that of the line in each direction, in the words of tc.
const Rate = "10mbit"

// Missing names what this machine lacks, or nothing.
func Missing() error {
	var missing []error
	if os.Geteuid() != 0 {
		missing = append(missing, errors.New("root"))
	}
	for _, name := range []string{"ip", "tc"} {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, fmt.Errorf("the program %s (Debian: apt-get install iproute2)", name))
		}
	}
	q, err := NewQuota(1)
	if err == nil {
		err = q.Close()
	}
	return errors.Join(append(missing, err)...)
}

// Apart has a command run in a network namespace of its own, where [Shape] can be
// called.
func Apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = apart()
}

// Shape brings up the loopback device of this namespace: packets of the size that
// lines have, and what goes from or to [Host] through a token bucket.
func Shape() error {
	for _, line := range shape() {
		args := strings.Fields(line)
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("slow: %s: %w\n%s", line, err, out)
		}
	}
	return nil
}

// shape is what Shape runs. The classes themselves hold nothing up: their buckets do.
func shape() []string {
	lines := []string{
		"ip link set lo mtu 1500 up",
		"tc qdisc add dev lo root handle 1: htb default 0",
	}
	for i, side := range []string{"src", "dst"} {
		class := fmt.Sprintf("1:%d", i+1)
		lines = append(lines,
			"tc class add dev lo parent 1: classid "+class+" htb rate 1gbit quantum 1500",
			fmt.Sprintf("tc qdisc add dev lo parent %s handle %d: tbf rate %s burst 16kb latency 100ms", class, 10*(i+1), Rate),
			"tc filter add dev lo parent 1: protocol ip u32 match ip "+side+" "+Host+"/32 flowid "+class)
	}
	return lines
}

// Shaped tells whether this process is in such a namespace.
func Shaped() bool {
	out, err := exec.Command("tc", "qdisc", "show", "dev", "lo").Output()
	return err == nil && strings.Contains(string(out), "tbf")
}
