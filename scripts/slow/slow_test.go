package slow

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCPUGroups(t *testing.T) {
	const v1 = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`
	for _, c := range []struct {
		name, mounts, root string
		unified            bool
	}{
		{"version 1 beside 2", v1, "/sys/fs/cgroup/cpu,cpuacct", false},
		{"version 2", "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n", "/sys/fs/cgroup", true},
		{"none", "tmpfs /tmp tmpfs rw 0 0\nodd\n", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, unified, err := cpuGroups(c.mounts)
			if root != c.root || unified != c.unified || (err != nil) != (c.root == "") {
				t.Errorf("%q, %v, %v", root, unified, err)
			}
		})
	}
}

func TestUsedTime(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"1234 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 25 3 4 20 0": 1750 * time.Millisecond,
		"": 0,
	} {
		if got := usedTime(stat); got != want {
			t.Errorf("%q: %v, want %v", stat, got, want)
		}
	}
}

// A held command keeps its arguments, spaces included, and enters the group first.
func TestHold(t *testing.T) {
	folder := t.TempDir()
	cmd := exec.Command("/bin/echo", "a b", "--flag=$HOME")
	(&Quota{folder: folder}).Hold(cmd)
	out, err := cmd.Output()
	if err != nil || string(out) != "a b --flag=$HOME\n" {
		t.Errorf("%q, %v", out, err)
	}
	if in, err := exec.Command("cat", folder+"/"+procs).Output(); err != nil || len(strings.TrimSpace(string(in))) == 0 {
		t.Errorf("did not enter: %q, %v", in, err)
	}
}

func TestShape(t *testing.T) {
	lines := shape()
	buckets := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.Contains(line, "tbf rate "+Rate) })
	if len(buckets) != 2 || !strings.Contains(lines[0], "mtu 1500") {
		t.Errorf("%q", lines)
	}
	if !strings.Contains(strings.Join(lines, "\n"), "src "+Host) || !strings.Contains(strings.Join(lines, "\n"), "dst "+Host) {
		t.Errorf("not both directions: %q", lines)
	}
}
