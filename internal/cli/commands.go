package cli

import "github.com/spf13/cobra"

// addCommands hangs every verb on the root, in groups as --help shows them.
func (a *app) addCommands(root *cobra.Command) {
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "Start here:"},
		&cobra.Group{ID: "look", Title: "Look at a commit:"},
		&cobra.Group{ID: "work", Title: "Work on a commit:"},
		&cobra.Group{ID: "runs", Title: "Runs on a cluster:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, command := range commands {
			command.GroupID = group
			root.AddCommand(command)
		}
	}
	add("start", a.initCommand(), a.doctorCommand())
	add("look", a.checkCommand(), a.auditCommand(), a.filesCommand(), a.flowsCommand(), a.diffCommand(), a.imageCommand())
	add("work", a.lockCommand(), a.buildCommand(), a.renderCommand(), a.deployCommand(), a.pipelineCommand(), a.cacheCommand())
	add("runs", a.runCommand(), a.runsCommand(), a.statusCommand(), a.logsCommand(), a.stopCommand())
	for _, verb := range later {
		add(verb.group, notYet(verb.use, verb.short, verb.instead))
	}
	root.AddCommand(a.schemaCommand(), a.registryCommand(), a.builderCommand(), a.hookCommand())
}

// hidden marks a command that scripts and daemons use.
func hidden(command *cobra.Command) *cobra.Command {
	command.Hidden = true
	return command
}
