package deploy

// Remarks are what a plan keeps, takes over or leaves alone, a sentence each.
func (p Plan) Remarks() []string {
	var out []string
	for _, step := range p.Steps {
		if step.Live == nil {
			continue
		}
		if step.Live.Suspended && step.Action != Delete {
			line := "kept suspended: " + step.ID()
			if by := step.Live.SuspendedBy; by != "" {
				line += ", set by " + by
			}
			out = append(out, line)
		}
		for _, field := range step.Live.Taken {
			out = append(out, "overwritten: "+step.ID()+" "+field)
		}
		for _, run := range step.Live.Running {
			out = append(out, "goes on: run "+run+" of "+step.ID())
		}
	}
	for _, note := range p.Notes {
		out = append(out, "note: "+note)
	}
	return out
}
