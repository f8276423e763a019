package cli

import (
	"context"
	"errors"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/runs"
)

// The exit codes, everywhere.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitRefused     = 3
	exitDiffers     = 4
	exitRunFailed   = 5
	exitInterrupted = 130
)

// usageError is wrong use: a flag or an argument.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// interrupted is what stopped because a signal came.
type interrupted struct{ error }

// Error says that nothing is lost; what the signal cut short says no more than
// that it was.
func (e interrupted) Error() string {
	const text = "interrupted; nothing is half done: run it again"
	var half *deploy.PartialError
	if errors.As(e.error, &half) {
		return "interrupted: " + half.Error()
	}
	if errors.Is(e.error, context.Canceled) {
		return text
	}
	return text + " (" + e.error.Error() + ")"
}

func (e interrupted) Unwrap() error { return e.error }

// errDiffers is the answer of --exit-code where there is a difference.
var errDiffers = errors.New("there are differences")

// errRunFailed is the answer of what followed a run that failed.
var errRunFailed = errors.New("the run failed")

// answered says whether an error is an answer that was shown, and no more needs
// saying.
func answered(err error) bool { return errors.Is(err, errDiffers) || errors.Is(err, errRunFailed) }

// ExitCode is the process's exit code for an error.
func ExitCode(err error) int {
	var usage usageError
	var signal interrupted
	var invalid *pipeline.InvalidError
	var refused *pipeline.RefusedError
	var noConfig *pipeline.NoConfigError
	var noName *pipeline.UnknownNameError
	var noRun *runs.UnknownRunError
	var left leftError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &signal), errors.As(err, &left), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, errDiffers):
		return exitDiffers
	case errors.Is(err, errRunFailed):
		return exitRunFailed
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &usage), errors.As(err, &invalid), errors.As(err, &noConfig), errors.As(err, &noName), errors.As(err, &noRun),
		errors.Is(err, gitrepo.ErrNoRevision), errors.Is(err, gitrepo.ErrNotCommit), errors.Is(err, gitrepo.ErrNotRepository),
		errors.Is(err, gitrepo.ErrEmpty), errors.Is(err, gitrepo.ErrNoWorkTree):
		return exitUsage
	}
	return exitFailed
}
