"""Takes tables of files in by a mapping: reads, checks, sets broken rows aside with a reason, and hands events to the journal.

It refuses to take half of something: nothing is handed in before all files were read to their end.
"""

from corridor.collect.imports.facts import Drain, Import, MappingFolder, MappingSection, TableRead
from corridor.collect.imports.runs import imports_of

__all__ = ["Drain", "Import", "MappingFolder", "MappingSection", "TableRead", "imports_of"]
