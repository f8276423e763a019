// Package step is what gantline-step does inside a step's container: it runs
// the one process that a wire.Spec describes and tells the world how it ended.
//
// # One run of a step
//
// Main reads the command line, exec.go goes through the phases:
//
//  1. decode the Spec, resolve its inputs, find the program (command.go);
//  2. want the image's volumes to be mounted (mounts.go), make the places of
//     the outputs and forget those of an earlier attempt (outputs.go);
//  3. start the process as leader of its own process group, hand it every
//     signal that arrives, reap whatever is orphaned, end it when its time is
//     over (process.go);
//  4. read the declared outputs, check them and write them encoded, all or
//     none (outputs.go, types.go);
//  5. write the cause of a failure to the termination log, and one JSON line
//     at the start and at the end to standard error (report.go).
//
// Standard input, output and error belong to the process untouched. Whatever
// of the process's group still runs when the process ended is killed.
//
// # Exit codes
//
// The process's own exit code passes through unchanged, and 128+n when signal
// n killed it. What fails without the process having failed has these codes;
// the cause in the termination log, not the code, is what tells them apart
// from a program's own:
//
//	 2  wrong use of gantline-step
//	65  an output is missing, too large or not of its type (cause=output)
//	124 the running time passed (cause=timeout), whatever the process made of
//	    its SIGTERM
//	125 the Spec, an input, a volume or a directory is bad (cause=start)
//	126 the program was found and can't be executed (cause=start)
//	127 there is no such program or shell (cause=start)
//
// # Causes
//
// The termination log says "gantline cause=C: what happened", C being one of
// wire's causes. A process killed by a signal of its own making (SIGSEGV,
// SIGABRT, SIGPIPE and their like) is an error; a process that ends badly
// after gantline-step was asked to stop (SIGTERM, SIGINT, SIGQUIT, SIGHUP), or
// that was killed by anything else, is cause=signal.
//
// # JSON lines
//
//	{"time":"2026-01-02T03:04:05.678Z","flow":"finetune","step":"eval","event":"start","attempt":2}
//	{"time":"…","flow":"finetune","step":"eval","event":"end","attempt":2,"exit_code":65,
//	 "cause":"output","message":"…","seconds":1.25,"outputs":{"score":4}}
//
// (The second is one line.) time is in UTC; attempt counts from 1 and is
// absent where a step is never retried; cause and message are absent when all
// went well; seconds is how long the process ran; outputs holds the size in
// bytes of each output as it was encoded. No line and no message ever holds a
// value, an argument or a variable's content.
package step
