// Command make makes the example repository:
//
//	go run ./examples/agent/make [--base REF@DIGEST] DIR
//
// It prints the hash of the last commit. Package agent says what is in it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	agent "gantline.dev/gantline/examples/agent"
)

func main() {
	flags := flag.NewFlagSet("make", flag.ContinueOnError)
	base := flags.String("base", agent.DefaultBase, "base image that gantline.yaml names")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: make [--base REF@DIGEST] DIR")
		flags.PrintDefaults()
	}
	dir, err := parse(flags, os.Args[1:])
	if err != nil {
		flags.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	head, err := agent.Make(ctx, dir, agent.Options{Base: *base})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(head)
}

// parse takes flags before and after DIR.
func parse(flags *flag.FlagSet, args []string) (dir string, err error) {
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if flags.NArg() == 0 {
		return "", errors.New("no DIR")
	}
	dir = flags.Arg(0)
	if err := flags.Parse(flags.Args()[1:]); err != nil {
		return "", err
	}
	if flags.NArg() > 0 {
		return "", errors.New("more than one DIR")
	}
	return dir, nil
}
