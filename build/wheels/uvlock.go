package wheels

import "gantline.dev/gantline/internal/diag"

func parseUV(file string, src []byte, others func(string) ([]byte, bool)) ([]Locked, []diag.Problem) {
	return nil, nil
}
