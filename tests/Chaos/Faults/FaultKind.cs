namespace LiveCommerce.Chaos.Faults;

/// <summary>What can happen to a cluster.</summary>
internal enum FaultKind
{
    KillSilo,
    KillGateway,
    FreezeSiloHalf,
    FreezeSiloOnce,
    FreezeSiloThrice,
    FreezeGateway,
    StopDatabase,
    FreezeDatabase,
    CutSiloToDatabase,
    CutDatabaseToSilo,
    CutSiloAndDatabase,
    CutGatewayToSilo,
    CutSiloToGateway,
    CutGatewayAndSilo,
    Drain,
    KillAllSilos,
    FreezeBeforeWrite,
}

/// <summary>How people call the faults.</summary>
internal static class FaultNames
{
    private static readonly Dictionary<FaultKind, (string Name, string What)> Names = new()
    {
        [FaultKind.KillSilo] = ("kill-silo", "kill -9 of a silo"),
        [FaultKind.KillGateway] = ("kill-gateway", "kill -9 of a gateway"),
        [FaultKind.FreezeSiloHalf] = ("freeze-silo-half", "a silo stands still for half the death time"),
        [FaultKind.FreezeSiloOnce] = ("freeze-silo-once", "a silo stands still for the death time"),
        [FaultKind.FreezeSiloThrice] = ("freeze-silo-thrice", "a silo stands still for three times the death time"),
        [FaultKind.FreezeGateway] = ("freeze-gateway", "a gateway stands still"),
        [FaultKind.StopDatabase] = ("stop-database", "PostgreSQL is stopped at once and started again"),
        [FaultKind.FreezeDatabase] = ("freeze-database", "PostgreSQL stands still"),
        [FaultKind.CutSiloToDatabase] = ("cut-silo-to-database", "nothing gets from a silo to the database"),
        [FaultKind.CutDatabaseToSilo] = ("cut-database-to-silo", "nothing gets from the database to a silo"),
        [FaultKind.CutSiloAndDatabase] = ("cut-silo-database", "nothing gets through between a silo and the database"),
        [FaultKind.CutGatewayToSilo] = ("cut-gateway-to-silo", "nothing gets from a gateway to a silo"),
        [FaultKind.CutSiloToGateway] = ("cut-silo-to-gateway", "nothing gets from a silo to a gateway"),
        [FaultKind.CutGatewayAndSilo] = ("cut-gateway-silo", "nothing gets through between a gateway and a silo"),
        [FaultKind.Drain] = ("drain", "every silo is stopped in order and started again, one after the other"),
        [FaultKind.KillAllSilos] = ("kill-all-silos", "kill -9 of every silo at once"),
        [FaultKind.FreezeBeforeWrite] = ("freeze-before-write", "a silo stands still between deciding and writing, is replaced, and goes on"),
    };

    public static IEnumerable<string> All => Names.Values.Select(one => one.Name);

    public static string Of(FaultKind kind) => Names[kind].Name;

    public static string What(FaultKind kind) => Names[kind].What;

    public static FaultKind? Find(string name) =>
        Names.Where(pair => pair.Value.Name == name).Select(pair => (FaultKind?)pair.Key).FirstOrDefault();
}
