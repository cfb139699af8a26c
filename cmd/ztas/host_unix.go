//go:build linux || darwin || freebsd

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// diskSpace asks the system for the bytes that an ordinary user may still write to a directory's disk, and for all bytes.
func diskSpace(dir string) (free, total uint64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	return uint64(max(st.Bavail, 0)) * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil //nolint:unconvert // Bavail is signed on some systems
}

// allocated is what a file takes on the disk: Badger's files are longer than what is in them.
func allocated(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512
	}
	return info.Size()
}

// mayWrite says what keeps this process from making files in a directory.
func mayWrite(dir string) error { return syscall.Access(dir, 2|1) } // W_OK, X_OK

// isInUse tells whether somebody listens on an address already.
func isInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// strangers names the user whose files a directory has when this process is root and the files are not: what root makes there, that user cannot open. "":
// no such thing.
func strangers(dir string) string {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 {
		return ""
	}
	id := strconv.FormatUint(uint64(st.Uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "#" + id // as sudo takes it
}
