module plwasm/examples

go 1.24
