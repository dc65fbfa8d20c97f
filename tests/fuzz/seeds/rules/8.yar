import "pe"
rule p { condition: pe.is_pe and pe.imports("a.dll", "f") and pe.sections[0].name contains "t" }
