"""What a person sees of a page of feedback, taken apart for the tests."""

import re
from dataclasses import dataclass
from functools import cached_property


def words(element) -> str:
    return " ".join(element.get_text().split())


@dataclass(frozen=True)
class Seen:
    """A page of feedback; *soup* is its tree."""

    soup: object

    @property
    def text(self) -> str:
        return words(self.soup)

    @property
    def heading(self) -> str:
        return words(self.soup.h1)

    @property
    def rows(self) -> dict[str, tuple[str, str, str]]:
        """The table: title, verdict and points by name."""
        found = {}
        for row in self.soup.select_one("table.verdicts").select("tbody tr"):
            verdict, about, points = row.select("td, th")
            name = words(about.code)
            found[name] = (words(about).removeprefix(name).strip(), words(verdict), words(points))
        return found

    def headings(self, folded: bool) -> set[str]:
        """The headings that only a click unfolds, or the others."""
        below = self.soup.select("details:not([open]) > :not(summary) :is(h1, h2, h3)")
        every = self.soup.select("h1, h2, h3")
        return {words(h).rstrip("¶") for h in (below if folded else [h for h in every if h not in below])}

    @property
    def links(self) -> set[str]:
        return {link["href"] for link in self.soup.select("a[href]")}

    @property
    def folded(self) -> str:
        """What a click unfolds."""
        return " ".join(words(part) for part in self.soup.select("details:not([open])"))

    @cached_property
    def open(self) -> str:
        """What is seen without a click."""
        from bs4 import BeautifulSoup

        rest = BeautifulSoup(str(self.soup.main), "html.parser")
        for part in rest.select("details:not([open]), style"):
            part.decompose()
        return words(rest)

    def cell(self, name: str):
        """The cell of a property, by the end of its grade_id."""
        (found,) = self.soup.select(f'div.nbcell[id$="-{name}"]')
        return found

    @property
    def sections(self) -> dict[str, str]:
        return {name: words(self.cell(name)) for name in self.rows}

    @property
    def pictures(self) -> dict[str, list]:
        return {name: self.cell(name).select("img") for name in self.rows}

    @property
    def commands(self) -> dict[str, str]:
        """The command of each property that has one."""
        texts = {name: [pre.get_text() for pre in self.cell(name).select("pre")] for name in self.rows}
        return {name: said for name, all_said in texts.items() for said in all_said if said.startswith("kthreadlab ")}

    @property
    def answer(self) -> list[tuple[int, str]]:
        """The lines of the module's answer, with their numbers."""
        sources = self.soup.select("section .nbcell .highlight")
        (source,) = [source for source in sources if "%%kmod" in source.get_text()]
        lines = [re.fullmatch(r" *(\d+)(.*)", line).groups() for line in source.get_text().rstrip("\n").split("\n")]
        return [(int(number), text) for number, text in lines]


def seen(page: str) -> Seen:
    """The page *page*."""
    from bs4 import BeautifulSoup

    return Seen(BeautifulSoup(page, "html.parser"))
