using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Registers what reads the ledger. Part of <see cref="LedgerServices.AddLedger"/>.</summary>
internal static class BooksServices
{
    /// <summary>Adds the books behind <see cref="ILedgerBooksGrain"/>.</summary>
    public static IServiceCollection AddLedgerBooks(this IServiceCollection services) => services
        .AddSingleton<Journal>()
        .AddSingleton<StatementReader>()
        .AddSingleton<EarningsReader>()
        .AddActors(actors => actors.AddGrain<ILedgerBooksGrain, LedgerBooksGrain>());
}
