// Package bench measures what Gantline is judged by: the time, bytes and
// requests of a commit that changes code, of one that changes documentation,
// of rendering many flows, of auditing a long history, of choosing the files of
// a large tree, and of the command's start. Other ways to the same image are
// measured beside it, in the same rounds, through the same registry and the
// same BuildKit daemon; and beside the audit git's own streams and other tools,
// on the same history.
//
// It is tests alone: `make bench` runs them and prints one table, which
// docs/benchmarks.md explains; hack/bench.sh can run parts of it. Without
// -measure they only test themselves.
// Figures that don't depend on the machine (bytes, requests) are held to
// their goals; a time that misses its goal is said to, and fails nothing.
package bench
