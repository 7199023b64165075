package backup

func init() { workFactor = 8 }
