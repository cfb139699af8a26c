//go:build !linux && !darwin && !freebsd

package main

import "io/fs"

// diskSpace is not known on this system.
func diskSpace(string) (free, total uint64, err error) { return 0, 0, nil }

// allocated is a file's length: what it takes on the disk is not known on this system.
func allocated(info fs.FileInfo) int64 { return info.Size() }

// mayWrite cannot tell on this system.
func mayWrite(string) error { return nil }

// isInUse cannot tell on this system whether somebody listens on an address already.
func isInUse(error) bool { return false }

// strangers is not known on this system.
func strangers(string) string { return "" }
