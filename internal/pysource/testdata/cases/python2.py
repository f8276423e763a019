print "text", x
import a
exec code in scope
raise E, "text"
x = 0777L <> 1
