// Package smalldisk gives tests a real file system that is full, or takes
// nothing: a tmpfs in a mount namespace of the test's own. Linux only.
package smalldisk
