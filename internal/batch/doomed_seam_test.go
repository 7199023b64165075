package batch

// What the tests of departments that are about to go reach for.
var (
	InsertDoomed = insertDoomed
	ForgetDoomed = forgetDoomed
	SelectDoomed = selectDoomed
)
