/** What every page of the desk loads: htmx with live fragments, the shell's keys, and messages that can be closed. */
import "./htmx";
import "./islands/flash";
import "./islands/shell";
