module gantline.dev/gantline/e2e

go 1.26.8
