package slow

import "syscall"

// ending has a process end with the one that started it.
func ending() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// apart does so for one in a network namespace of its own.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET}
}

// Hurry has this process, and all that it starts, go before others: whoever plays the
// servers must not be slow.
func Hurry() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, -15) }
