package workflows

// The parts of the flow reference that no type holds.
const (
	referenceHead = `# Flow reference

<!-- Generated from package workflows; its tests say how to write it again. -->

A flow is one YAML file: what runs, after what, on what, and what happens when it fails. ` + "`gantline check`" + ` reports every mistake at its place before anything is built.

` + "```yaml" + `
apiVersion: gantline.dev/v1
kind: Flow
name: finetune-eval
params:
  model: {default: base-7b, help: Checkpoint to start from}
steps:
  train:
    run: python -m agent.train --model ${{ params.model }}
    resources: {gpus: 1}
    outputs: [checkpoint]
  eval:
    after: train
    foreach: [click, type]
    run: python -m agent.eval --action ${{ item }} ${{ steps.train.outputs.checkpoint }}
    outputs: {score: {type: float}}
` + "```" + `

A step runs as one process in its image, in the directory of the code. One without ` + "`after`" + ` starts at once. It writes each of its outputs to a file, ` + "`echo 0.91 > \"$GANTLINE_OUTPUTS/score\"`" + `; one that it declares and does not write fails it, unless the output has a default. When a step failed for good, what comes after it does not run, the steps of ` + "`on_exit`" + ` run, and the run has failed.

The language has more than this version renders. Of a flow these are not rendered yet: ` + "`notify`" + `, ` + "`concurrency_key`" + ` and ` + "`protected`" + `; and of a step: ` + "`launch`" + `, ` + "`approve`" + `, ` + "`runs_on: slurm`" + `, ` + "`nodes`" + ` above 1, ` + "`queue`" + `, ` + "`pod`" + `, ` + "`files`" + `, ` + "`on_failure`" + `, ` + "`artifacts`" + `, ` + "`cache`" + `, ` + "`checkpoints`" + `, ` + "`once`" + `, ` + "`links`" + ` and ` + "`notify`" + `. They are not ignored: check and render report each such key at its place.

`

	referenceForms = `
### forms

Some fields have several spellings.

| field | spellings |
|---|---|
| ` + "`run`" + ` | a shell script as a string, or an argument list: ` + "`[python, train.py, \"${{ params.model }}\"]`" + ` |
| ` + "`after`" + ` | a step; a list of steps; or, in the list or alone, ` + "`{step: x, allow: [skipped, failed]}`" + ` |
| ` + "`foreach`" + ` | a list; one expression of type json; or a mapping of lists, whose product it runs over: ` + "`{action: [click, type], seed: [1, 2]}`, with `item.action` and `item.seed`" + ` |
| ` + "`runs_on`" + ` | ` + "`kubernetes`, `slurm`, or `{slurm: {profile: …, partition: …, extra: […]}}`" + ` |
| ` + "`retry.for`" + ` | ` + "`infra`, `preempted`, `oom`, `timeout`, `error`, `any`, `{exit: [1, 2]}`" + `, or a list of these |
| ` + "`retry.backoff`" + ` | a duration, or ` + "`from..to`" + `, doubling: ` + "`1m..30m`" + ` |
| ` + "`outputs`" + ` | a list of names, or a mapping of names to ` + "`{type, default}`" + ` |

A duration is written as ` + "`90s`, `30m`, `1h30m` or `14d`" + `. A word that YAML readers take for a boolean (` + "`yes`, `on`, `n`" + `) is an error where a string is meant; put it in quotes. Inside ` + "`{ }`" + ` and ` + "`[ ]`" + `, a string with ` + "`${{ }}`" + ` in it needs quotes.

`

	referenceExpressions = `An expression names a value. It stands in ` + "`run`, `env`, `files`, `links`, `launch.params`, `approve.message`, `cache.key` and `concurrency_key`" + ` as part of a text, in ` + "`foreach` and `artifacts.in`" + ` as the whole of it, and in ` + "`if`" + ` as a condition, with or without ` + "`${{ }}`" + ` around it. There is no arithmetic: names hold dashes, and a script computes better.

| name | value | known |
|---|---|---|
| ` + "`params.<p>`" + ` | a parameter of the run | everywhere |
| ` + "`steps.<s>.outputs.<o>`" + ` | an output; of a step with foreach, the list of all items' outputs in item order, null where an item failed | in steps that come after s |
| ` + "`steps.<s>.artifacts.<a>`" + ` | an artifact | in ` + "`artifacts.in`" + ` of steps that come after s |
| ` + "`steps.<s>.result`" + ` | ` + "`succeeded`, `failed` or `skipped`" + ` | in steps that come after s |
| ` + "`item`, `item.<key>`" + ` | the item of foreach, and its part where foreach is a product | in a step with foreach |
| ` + "`run.id`, `run.name`, `run.started`, `run.scheduled`, `run.url`" + ` | the run | in steps |
| ` + "`run.verdict`" + ` | ` + "`succeeded` or `failed`" + ` | in on_exit |
| ` + "`commit`, `image`" + ` | the commit whose content the step's image holds, and the image with its digest | in steps |
| ` + "`failure.step`, `failure.reason`, `failure.exit_code`" + ` | what failed; reasons are ` + "`infra`, `preempted`, `oom`, `timeout`, `error`" + ` | in on_failure |

The types are string, int, float, bool, json, and list for the outputs of a foreach. ` + "`==` and `!=`" + ` compare values of one type (any two numbers; anything with json); ` + "`< <= > >=`" + ` order numbers.

### Scripts

In a script an expression becomes a reference to an environment variable, never text of the script: no value can inject a command, and the script sees exactly the value, quotes, newlines and all. Where it stands decides how it is written:

| place | example | becomes |
|---|---|---|
| bare | ` + "`train --model ${{ params.m }}`" + ` | ` + "`train --model \"${G}\"`" + ` |
| in double quotes | ` + "`echo \"model ${{ params.m }}\"`" + ` | ` + "`echo \"model ${G}\"`" + ` |
| in a here-document | ` + "`cat <<EOF` … `${{ params.m }}`" + ` | ` + "`${G}`" + ` |

In single quotes, a quoted here-document, a comment, arithmetic, backquotes, a name, or code for another program (` + "`bash -c \"…\"`, `python -c`, `eval`, `trap`, a command for `ssh`" + `) it is an error that says what to write instead; so it is in an argument list, in code for an interpreter (` + "`[bash, -c, …]`" + `). A script of another shell than sh and bash can hold none; use ` + "`env`" + `.

`
)
