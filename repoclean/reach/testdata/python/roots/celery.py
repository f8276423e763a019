from celery import Celery, chain, group

app = Celery("x", broker="memory://", backend="cache+memory://")
app.conf.task_always_eager = True


@app.task
def add(a, b):
    return a + b


add.delay(1, 2)
group(add.s(1, 2), add.s(3, 4)).apply()
app.loader.import_default_modules()
app.Worker
app.pool
with app.connection() as connection:
    connection.ensure_connection()
