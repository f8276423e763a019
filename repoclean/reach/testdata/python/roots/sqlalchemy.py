import asyncio

from sqlalchemy import Column, Integer, String, create_engine, func, select
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.orm import Mapped, Session, declarative_base, mapped_column, relationship
from sqlalchemy.ext.hybrid import hybrid_property

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String)


engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add(User(name="a"))
    session.commit()
    session.scalars(select(User)).all()
str(select(func.count(User.id)).compile(dialect=postgresql.dialect()))
try:
    create_engine("postgresql+pg8000://localhost/x")
except Exception:
    pass
