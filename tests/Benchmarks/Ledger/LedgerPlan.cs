namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Of everything that is compared, taking turns.</param>
/// <param name="Seconds">Of one measurement.</param>
/// <param name="WarmUpSeconds">Of each that compiles itself while it runs, before the first round.</param>
/// <param name="Viewers">Wallets that give to one streamer.</param>
/// <param name="Ids">Remembered ids whose memory is measured.</param>
/// <param name="SustainedSeconds">At 10,000 gifts a second.</param>
/// <param name="PacedSeconds">At 5,000 gifts a second, each round.</param>
/// <param name="Recoveries">Kills of the server, and of the database.</param>
internal sealed record LedgerPlan(int Rounds, double Seconds, double WarmUpSeconds, int Viewers, int Ids, double SustainedSeconds, double PacedSeconds, int Recoveries)
{
    public static LedgerPlan Full { get; } = new(Rounds: 5, Seconds: 3, WarmUpSeconds: 15, Viewers: 100_000, Ids: 200_000, SustainedSeconds: 60, PacedSeconds: 5, Recoveries: 5);

    /// <summary>To see that everything runs; its figures say little.</summary>
    public static LedgerPlan Quick { get; } = new(Rounds: 1, Seconds: 2, WarmUpSeconds: 5, Viewers: 20_000, Ids: 50_000, SustainedSeconds: 5, PacedSeconds: 3, Recoveries: 1);

    /// <summary>Senders of long combos.</summary>
    public const int ComboSenders = 500;
}
