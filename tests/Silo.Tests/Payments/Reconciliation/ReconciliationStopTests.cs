using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>A server that is told to stop waits for no provider: what it was doing is stored, and the next process goes on from there.</summary>
public sealed class ReconciliationStopTests
{
    /// <summary>Far below what one request may take in these tests, and generous for a busy machine.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task StopWhileAReconciliationReadsAProviderThatIsSilent_DoesNotWaitForIt()
    {
        await using var world = await SilentAsync();
        _ = await world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key).Run(Books.Operator);
        await SilentNowAsync(world);

        await world.StopAsync().WaitAsync(AtOnce);
    }

    [Fact]
    public async Task StopWhileEventsAreReadFromAProviderThatIsSilent_DoesNotWaitForThem()
    {
        await using var world = await SilentAsync();
        using var stop = new CancellationTokenSource();
        var polling = world.Services.GetRequiredService<EventPoller>().PollAsync(stop.Token);
        await SilentNowAsync(world);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling.WaitAsync(AtOnce));
    }

    [Fact]
    public async Task StopWhileAGrainThatIsDueAsksAProviderThatIsSilent_DoesNotWaitForIt()
    {
        await using var world = await SilentAsync(answerWithinSeconds: 60);
        world.Sandbox.DisarmAll();
        await world.TopUp(Person("Ben"), Asks);
        world.Time.Advance(TimeSpan.FromHours(2));
        world.Sandbox.Arm(Silence);
        using var stop = new CancellationTokenSource();
        var waking = world.Services.GetRequiredService<DueWaker>().WakeAsync(stop.Token);
        await SilentNowAsync(world);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waking.WaitAsync(AtOnce));
    }

    private static ArmedApiFault Silence => new() { Fault = ApiFault.TimeoutAfterCommit, Times = 1_000 };

    private static async Task<PaymentWorld> SilentAsync(int answerWithinSeconds = 1)
    {
        var world = await StartAsync(sendWebhooks: false, settings: new Dictionary<string, string?>
        {
            ["Payments:RequestTimeoutSeconds"] = "100",
            ["Payments:AnswerWithinSeconds"] = $"{answerWithinSeconds}",
        });
        world.Sandbox.Arm(Silence);
        return world;
    }

    private static Task SilentNowAsync(PaymentWorld world) =>
        Until(() => Task.FromResult(world.Sandbox.FaultCounts.Api.GetValueOrDefault(ApiFault.TimeoutAfterCommit) > 0));
}
