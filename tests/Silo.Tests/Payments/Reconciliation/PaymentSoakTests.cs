using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Silo.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>
/// Thousands of payments of every kind, and payouts, while the provider and the network do everything wrong that they can, by a seed. When
/// the faults end and time has passed, both sides must say the same. <c>SOAK_SEED</c> and <c>SOAK_PAYMENTS</c> choose others.
/// </summary>
public sealed class PaymentSoakTests(ITestOutputHelper output)
{
    private const long SeedByDefault = 20_261_122;
    private const int PaymentsByDefault = 2_000;

    [Fact]
    public async Task ThousandsOfPaymentsThroughEveryFault_EndWithoutABreak_AndEachIsBookedOnce()
    {
        var seed = Read("SOAK_SEED", SeedByDefault);
        var started = Stopwatch.StartNew();
        await using var soak = await PaymentSoak.StartAsync(seed, (int)Read("SOAK_PAYMENTS", PaymentsByDefault));
        try
        {
            await soak.PayAsync();
            output.WriteLine($"Seed {seed}: paid after {started.Elapsed}. {soak.Faults()}");
            await soak.DecideDisputesAsync();
            output.WriteLine($"Disputes decided after {started.Elapsed}.");
            await soak.WithdrawAllAsync();
            output.WriteLine($"Withdrawn after {started.Elapsed}.");
            await soak.EndFaultsAsync();
            output.WriteLine($"Settled after {started.Elapsed}.");

            // Fees that were found before days passed at once have keys too old for the ledger: they get new ones in the first run.
            var view = await soak.World.RunLaterAsync();
            if (view.LastRun!.FeesOpen > 0) { view = await soak.World.RunLaterAsync(); }
            output.WriteLine($"Reconciled after {started.Elapsed}: {view.LastRun}. {await soak.SummaryAsync()}");

            Assert.Empty(view.Breaks);
            Assert.Equal((0, 0, 0), (view.BreakCount, view.LastRun!.Waiting, view.LastRun.FeesOpen));
            Assert.NotNull(view.LastRun.ProviderMinor);
            Assert.Equal(view.LastRun.ProviderMinor, view.LastRun.LedgerMinor);
            Assert.Empty(await soak.World.Services.GetRequiredService<ILedgerAudit>().VerifyAsync(TestContext.Current.CancellationToken));
            await soak.CheckPaymentsAsync();
            await soak.CheckOrdersAsync();
            await soak.CheckCardGiftsAsync();
            await soak.CheckPayoutsAsync();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"The soak with seed {seed} failed; SOAK_SEED={seed} repeats its faults. {await soak.SummaryAsync()}", error);
        }
    }

    private static long Read(string name, long byDefault) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;
}
