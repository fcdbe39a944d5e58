using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Registers what reads the ledger. Part of <see cref="LedgerServices.AddLedger"/>.</summary>
internal static class BooksServices
{
    /// <summary>Adds the books behind <see cref="ILedgerBooksGrain"/>, and what makes earnings available.</summary>
    public static IServiceCollection AddLedgerBooks(this IServiceCollection services) => services
        .AddSingleton<Journal>()
        .AddSingleton<ILedgerMovements, LedgerMovements>()
        .AddSingleton<StatementReader>()
        .AddSingleton<LotReader>()
        .AddSingleton<EarnerReader>()
        .AddSingleton<EarningsReader>()
        .AddSingleton<MaturityReader>()
        .AddHostedService<MaturityJob>()
        .AddActors(actors => actors
            .AddGrain<ILedgerBooksGrain, LedgerBooksGrain>()
            .AddGrain<ILedgerMaturityGrain, MaturityGrain>());
}
