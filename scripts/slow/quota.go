package slow

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// period is how often a share of the processor is given out. The kernel's own 100 ms
// would let a browser run at full speed and then stop it for 75 ms, which no slow
// machine does.
const period = 10 * time.Millisecond

// Quota holds processes, and all that they start, to a share of one core.
type Quota struct {
	folder string // of the control group
}

// procs is the file of a group that names its processes, and takes in more.
const procs = "cgroup.procs"

// NewQuota makes a control group of its own with a share of one core, as 0.25. It
// needs root and one of the two versions of control groups; [Quota.Close] removes it.
func NewQuota(share float64) (*Quota, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, fmt.Errorf("slow: control groups: %w", err)
	}
	root, unified, err := cpuGroups(string(mounts))
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(root, "slow-")
	if err != nil {
		return nil, fmt.Errorf("slow: control group: %w", err)
	}
	q := &Quota{folder: folder}
	settings := map[string]string{
		"cpu.cfs_period_us": micro(period), "cpu.cfs_quota_us": micro(time.Duration(share * float64(period))),
		"cpu.shares": "262144", // the most: the share is had whatever else runs here
	}
	if unified {
		settings = map[string]string{"cpu.max": micro(time.Duration(share*float64(period))) + " " + micro(period), "cpu.weight": "10000"}
	}
	for name, value := range settings {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(value), 0o644); err != nil {
			return nil, errors.Join(fmt.Errorf("slow: control group: %w", err), q.Close())
		}
	}
	return q, nil
}

func micro(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }

// cpuGroups finds in a table of mounts where processor time is given out, and whether
// that is version 2.
func cpuGroups(mounts string) (root string, unified bool, err error) {
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		switch where, kind, options := fields[1], fields[2], fields[3]; kind {
		case "cgroup":
			for option := range strings.SplitSeq(options, ",") {
				if option == "cpu" {
					return where, false, nil
				}
			}
		case "cgroup2":
			root, unified = where, true // unless version 1 has the processor
		}
	}
	if root == "" {
		return "", false, errors.New("slow: no control group for the processor is mounted (cgroup v1 cpu, or cgroup v2)")
	}
	return root, unified, nil
}

// Hold has a command enter the group before it runs, and end with this process.
func (q *Quota) Hold(cmd *exec.Cmd) {
	sh := []string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, filepath.Join(q.folder, procs), cmd.Path}
	cmd.Args = append(sh, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = ending()
}

// Used is the processor time of the processes in the group, those that have ended left
// out.
func (q *Quota) Used() (time.Duration, error) {
	list, err := os.ReadFile(filepath.Join(q.folder, procs))
	if err != nil {
		return 0, fmt.Errorf("slow: control group: %w", err)
	}
	sum := time.Duration(0)
	for pid := range strings.FieldsSeq(string(list)) {
		if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil {
			sum += usedTime(string(stat))
		}
	}
	return sum, nil
}

// usedTime reads a line of /proc/PID/stat: the name in brackets may hold anything, the
// 14th and 15th fields are ticks of the clock.
func usedTime(stat string) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ, the same on all machines
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	sum := time.Duration(0)
	for i := 11; i <= 12 && i < len(fields); i++ {
		ticks, _ := strconv.ParseInt(fields[i], 10, 64) // what the kernel writes is a number
		sum += time.Duration(ticks) * tick
	}
	return sum
}

// Quiet waits until the group rests, which is at most a twentieth of a core over a
// second, but no longer than most.
func (q *Quota) Quiet(most time.Duration) error {
	const look = time.Second
	before, err := q.Used()
	for end := time.Now().Add(most); err == nil && time.Now().Before(end); {
		time.Sleep(look)
		now := time.Duration(0)
		if now, err = q.Used(); now-before < look/20 {
			return err
		}
		before = now
	}
	return err
}

// Close removes the group, whose processes must have ended.
func (q *Quota) Close() error {
	var err error
	for range 100 {
		if err = os.Remove(q.folder); err == nil || errors.Is(err, os.ErrNotExist) {
			return nil
		}
		time.Sleep(50 * time.Millisecond) // the last of a browser's processes are ending
	}
	return fmt.Errorf("slow: control group: %w", err)
}
