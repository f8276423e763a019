from datetime import datetime

from babel import Locale
from babel.dates import format_datetime
from babel.messages import catalog, extract, frontend
from babel.numbers import format_decimal
from babel.support import Translations

format_datetime(datetime(2020, 1, 1), locale="de_DE"), format_decimal(1.5, locale="fr")
list(extract.extract("python", open(__file__, "rb")))
Locale.parse("ja").territories
