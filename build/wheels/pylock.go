package wheels

import "gantline.dev/gantline/internal/diag"

func parsePylock(file string, src []byte) ([]Locked, []diag.Problem) {
	return nil, nil
}
